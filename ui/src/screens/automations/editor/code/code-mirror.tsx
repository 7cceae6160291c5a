import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder as placeholderText } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { completionOf, type Words } from './completion';
import { type CodeLanguage, languageOf } from './languages';
import { colours, look } from './look';
import { type Mark, marksOf } from './marks';

export interface CodeMirrorProps {
  value: string;
  onChange: (value: string) => void;
  language: CodeLanguage;
  labelId: string;
  words?: Words;
  marks?: readonly Mark[];
  isSingleLine?: boolean;
  isReadOnly?: boolean;
  minHeight?: number;
  maxHeight?: number;
  placeholder?: string;
}

export default function CodeMirror(props: CodeMirrorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  /** What this editor itself has told: coming back, it is no news. */
  const told = useRef(new Set<string>());

  useLayoutEffect(() => {
    if (place.current === null) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: extensions(latest, (text) => {
          told.current.add(text);
          latest.current.onChange(text);
        }),
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useLayoutEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const text = editor.state.doc.toString();
    if (text === props.value) told.current.clear();
    else if (!told.current.has(props.value))
      editor.dispatch({
        changes: { from: 0, to: text.length, insert: props.value },
        annotations: given.of(true),
      });
  }, [props.value]);

  useEffect(() => {
    view.current?.dispatch({ effects: readOnly.reconfigure(readOnlyOf(props.isReadOnly)) });
  }, [props.isReadOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(setDiagnostics(editor.state, marksOf(props.marks ?? [], editor.state.doc)));
  }, [props.marks]);

  return (
    <div
      ref={place}
      style={{
        ['--editor-min' as string]: `${props.isSingleLine ? 34 : (props.minHeight ?? 120)}px`,
        ['--editor-max' as string]: `${props.maxHeight ?? 520}px`,
      }}
    />
  );
}

/** A change that came from outside: nobody typed it, so nobody is told. */
const given = Annotation.define<boolean>();
const readOnly = new Compartment();

function readOnlyOf(isReadOnly = false): Extension {
  return isReadOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [];
}

function extensions(latest: { current: CodeMirrorProps }, tell: (text: string) => void): Extension[] {
  const { isSingleLine = false, language, labelId, placeholder, isReadOnly } = latest.current;
  return [
    history(),
    isSingleLine ? oneLine : lineNumbers(),
    EditorView.lineWrapping,
    bracketMatching(),
    closeBrackets(),
    autocompletion({ override: completionOf(language, () => latest.current.words), icons: false }),
    languageOf(language),
    syntaxHighlighting(colours),
    look,
    placeholder === undefined ? [] : placeholderText(placeholder),
    readOnly.of(readOnlyOf(isReadOnly)),
    // Tab goes on to the next field: nobody is caught in here.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({
      'aria-labelledby': labelId,
      role: 'textbox',
      'aria-multiline': String(!isSingleLine),
      spellcheck: 'false',
      tabindex: '0',
    }),
    EditorView.updateListener.of((update) => {
      const isGiven = update.transactions.some((one) => one.annotation(given) === true);
      if (update.docChanged && !isGiven) tell(update.state.doc.toString());
    }),
  ];
}

/** Line breaks that are typed or pasted become blanks. */
const oneLine = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.newDoc.lines === 1) return transaction;
  const text = transaction.newDoc.toString().replaceAll(/\s*\n\s*/g, ' ');
  return {
    changes: { from: 0, to: transaction.startState.doc.length, insert: text.trimEnd() },
    selection: { anchor: Math.min(transaction.newSelection.main.head, text.trimEnd().length) },
  };
});
