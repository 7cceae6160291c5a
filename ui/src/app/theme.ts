import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Petrol: apart from the green, amber and red that say how a delivery fared. */
const petrol: MantineColorsTuple = [
  '#ecf6f9',
  '#d6e9f0',
  '#a9d2e1',
  '#78b8d0',
  '#4f9fbe',
  '#3089ab',
  '#1a779b',
  '#0e6686',
  '#0b5672',
  '#07435a',
];

/** Greys with a breath of the same petrol. */
const gray: MantineColorsTuple = [
  '#f7f9f9',
  '#eff3f4',
  '#e3e9eb',
  '#d3dcdf',
  '#bac6ca',
  '#93a2a8',
  '#627278',
  '#4a595f',
  '#313e43',
  '#1a2529',
];

const dark: MantineColorsTuple = [
  '#d6dee1',
  '#b3bfc4',
  '#93a1a7',
  '#64737a',
  '#38454b',
  '#2a353a',
  '#202a2e',
  '#182023',
  '#12191c',
  '#0c1214',
];

/** What Korean and Latin text look best in on each system; nothing is downloaded. */
const FONTS = [
  '"Pretendard Variable"',
  'Pretendard',
  '-apple-system',
  'BlinkMacSystemFont',
  '"Apple SD Gothic Neo"',
  '"Segoe UI Variable Text"',
  '"Segoe UI"',
  '"Noto Sans KR"',
  '"Noto Sans CJK KR"',
  '"Malgun Gothic"',
  'system-ui',
  'sans-serif',
].join(', ');

const MONOSPACE = [
  'ui-monospace',
  '"SF Mono"',
  '"Cascadia Mono"',
  'Menlo',
  'Consolas',
  'D2Coding',
  '"Noto Sans Mono CJK KR"',
  'monospace',
].join(', ');

export const theme = createTheme({
  colors: { petrol, gray, dark },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  black: '#1a2529',
  autoContrast: true,
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '8px', lg: '12px', xl: '20px' },
  fontFamily: FONTS,
  fontFamilyMonospace: MONOSPACE,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.55', lg: '1.6', xl: '1.65' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.45' },
      h4: { fontSize: '0.875rem', lineHeight: '1.5' },
    },
  },
  shadows: {
    xs: '0 1px 2px rgb(13 38 48 / 6%)',
    sm: '0 1px 3px rgb(13 38 48 / 8%), 0 4px 12px rgb(13 38 48 / 4%)',
    md: '0 4px 12px rgb(13 38 48 / 8%), 0 12px 32px rgb(13 38 48 / 8%)',
  },
  cursorType: 'pointer',
  // By name, without importing them: only what a page uses is loaded with it.
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Alert: { defaultProps: { variant: 'light', radius: 'md' } },
    Badge: {
      defaultProps: { variant: 'light', radius: 'sm' },
      // Words of any language as they are written, not in capitals.
      styles: { root: { textTransform: 'none', fontWeight: 600 } },
    },
    Button: { styles: { label: { fontWeight: 600 } } },
    Card: { defaultProps: { withBorder: true, padding: 'lg', radius: 'lg' } },
    InputWrapper: { styles: { label: { marginBottom: 3 }, description: { marginBottom: 3 } } },
    Loader: { defaultProps: { type: 'dots' } },
    // Without the placeholder that takes the first focus: a menu may hold nothing but its items.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: {
      defaultProps: { radius: 'lg', centered: true, overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
      styles: { title: { fontWeight: 650, fontSize: '1.0625rem' } },
    },
    NavLink: { defaultProps: { variant: 'light' } },
    Paper: { defaultProps: { radius: 'lg' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: 'right' } },
    // A landmark of index.html: what floats belongs to the page, for those who find their way by its parts.
    Portal: { defaultProps: { target: '#layers' } },
    Skeleton: { defaultProps: { radius: 'md' } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm', autosize: true, minRows: 2 } },
    Tooltip: {
      defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } },
    },
  },
});
