import { Input, Skeleton } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useId } from 'react';
import type { CodeMirrorProps } from './code-mirror';

const CodeMirror = lazy(() => import('./code-mirror'));

interface CodeEditorProps extends Omit<CodeMirrorProps, 'labelId'> {
  label: string;
  description?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  /** The label is for screen readers alone: a heading says it already. */
  hidesLabel?: boolean;
}

/** A text with colours, completion and marked errors; the editor itself is loaded when first shown. */
export function CodeEditor({ label, description, error, required, hidesLabel, ...props }: CodeEditorProps) {
  const id = useId();
  const height = props.isSingleLine ? 36 : (props.minHeight ?? 120);
  return (
    <Input.Wrapper
      label={
        <span id={id} style={hidesLabel ? HIDDEN : undefined}>
          {label}
        </span>
      }
      labelElement="div"
      description={description}
      error={error}
      required={required ?? false}
      withAsterisk={!hidesLabel && (required ?? false)}
      styles={hidesLabel ? { label: { margin: 0, height: 0, display: 'block' } } : {}}
    >
      <Suspense fallback={<Skeleton height={height} />}>
        <CodeMirror {...props} labelId={id} />
      </Suspense>
    </Input.Wrapper>
  );
}

const HIDDEN = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
} as const;
