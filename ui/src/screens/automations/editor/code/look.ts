import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** In both brightnesses at once, as everything else on the page. */
export const look = EditorView.theme({
  '&': {
    minHeight: 'var(--editor-min)',
    maxHeight: 'var(--editor-max)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: 'var(--mantine-radius-md)',
    background: 'light-dark(#fff, var(--mantine-color-dark-7))',
    fontSize: 'var(--mantine-font-size-sm)',
    overflow: 'hidden',
  },
  '&.cm-focused': {
    outline: '2px solid light-dark(var(--mantine-color-petrol-6), var(--mantine-color-petrol-3))',
    outlineOffset: '-1px',
  },
  '.cm-scroller': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    lineHeight: '1.6',
    minHeight: 'var(--editor-min)',
    overflow: 'auto',
  },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--mantine-color-text)', wordBreak: 'break-word' },
  '.cm-line': { padding: '0 10px' },
  '.cm-gutters': {
    background: 'var(--tank-rail)',
    color: 'var(--tank-quiet)',
    borderRight: '1px solid var(--tank-line)',
  },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '.cm-tag': {
    color: 'light-dark(#862e9c, #e599f7)',
    background: 'light-dark(rgb(134 46 156 / 7%), rgb(229 153 247 / 10%))',
    borderRadius: '3px',
  },
  '.cm-bind': { color: 'light-dark(#862e9c, #e599f7)', fontWeight: '600' },
  '.cm-tooltip': {
    background: 'light-dark(#fff, var(--mantine-color-dark-6))',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: 'var(--mantine-radius-md)',
    boxShadow: 'var(--mantine-shadow-md)',
    overflow: 'hidden',
  },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'light-dark(var(--mantine-color-petrol-7), var(--mantine-color-petrol-8))',
    color: '#fff',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '0.75', marginLeft: '1em' },
  '.cm-diagnostic': { fontFamily: 'var(--mantine-font-family)', padding: '6px 10px' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy light-dark(#c1272d, #ff8787)',
    textUnderlineOffset: '3px',
    background: 'light-dark(rgb(193 39 45 / 9%), rgb(255 135 135 / 15%))',
  },
});

export const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'light-dark(#0b5672, #78b8d0)', fontWeight: '600' },
  { tag: [tags.string, tags.attributeValue], color: 'light-dark(#087f5b, #63e6be)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#8a5a00, #ffd43b)' },
  { tag: [tags.comment], color: 'var(--tank-quiet)', fontStyle: 'italic' },
  { tag: [tags.tagName, tags.typeName, tags.standard(tags.name)], color: 'light-dark(#0b5672, #78b8d0)' },
  { tag: [tags.attributeName, tags.propertyName], color: 'light-dark(#8a5a00, #ffd8a8)' },
  { tag: [tags.special(tags.name)], color: 'light-dark(#862e9c, #e599f7)', fontWeight: '600' },
]);
