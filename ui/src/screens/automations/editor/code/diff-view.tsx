import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useMediaQuery } from '@mantine/hooks';
import { useLayoutEffect, useRef } from 'react';
import classes from './diff-view.module.css';
import { look } from './look';

interface DiffViewProps {
  before: string;
  after: string;
  labels: readonly [string, string];
}

/** Side by side; one above the other at phone width. */
export default function DiffView({ before, after, labels }: DiffViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false });
  const [left, right] = labels;
  useLayoutEffect(() => {
    if (place.current === null) return;
    const common = (label: string) => [
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        'aria-label': label,
        role: 'textbox',
        tabindex: '0',
        'aria-readonly': 'true',
      }),
      look,
    ];
    const collapse = { margin: 3, minSize: 6 };
    const view = isNarrow
      ? new EditorView({
          parent: place.current,
          doc: after,
          extensions: [
            ...common(right),
            unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: collapse }),
          ],
        })
      : new MergeView({
          parent: place.current,
          a: { doc: before, extensions: [...common(left), lineNumbers()] },
          b: { doc: after, extensions: [...common(right), lineNumbers()] },
          gutter: true,
          collapseUnchanged: collapse,
        });
    return () => view.destroy();
  }, [before, after, left, right, isNarrow]);
  return (
    <div>
      {!isNarrow && (
        <div className={classes.labels} aria-hidden="true">
          <span>{left}</span>
          <span>{right}</span>
        </div>
      )}
      <div ref={place} className={classes.place} />
    </div>
  );
}
