import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from '@codemirror/autocomplete';
import { htmlCompletionSource } from '@codemirror/lang-html';
import { keywordCompletionSource } from '@codemirror/lang-sql';
import { type CodeLanguage, dialect } from './languages';

/** What may be written, beside the language's own words. */
export interface Words {
  /** In a query: after a colon. */
  binds?: readonly Word[];
  /** In a query: columns that are known. */
  columns?: readonly Word[];
  /** In a template: within the braces. */
  variables?: readonly Word[];
  /** In a template: columns of a mapping row, after a dot. */
  rowColumns?: readonly Word[];
  /** In a template: after a bar. */
  filters?: readonly Word[];
}

export interface Word {
  label: string;
  detail?: string;
  /** What is written instead of the label. */
  apply?: string;
}

const NAME = /[\p{L}_][\p{L}\p{N}_$#]*$/u;
const STATEMENTS: readonly Word[] = [
  { label: 'if', apply: 'if ' },
  { label: 'elif', apply: 'elif ' },
  { label: 'else' },
  { label: 'endif' },
  { label: 'for', apply: 'for item in rows' },
  { label: 'endfor' },
  { label: 'set', apply: 'set ' },
];

export function completionOf(language: CodeLanguage, words: () => Words | undefined): CompletionSource[] {
  if (language === 'sql')
    return [(context) => inQuery(context, words()), keywordCompletionSource(dialect, true)];
  const inTags: CompletionSource = (context) => inTemplate(context, words());
  return language === 'html' ? [inTags, outsideOfTags(htmlCompletionSource)] : [inTags];
}

function inQuery(context: CompletionContext, words: Words = {}): CompletionResult | null {
  const bind = context.matchBefore(/:[\p{L}_]?[\p{L}\p{N}_$#]*$/u);
  if (bind !== null && words.binds !== undefined)
    return {
      from: bind.from + 1,
      options: options(words.binds, 'variable', 10),
      validFor: /^[\p{L}\p{N}_$#]*$/u,
    };
  const name = context.matchBefore(NAME);
  if (name === null && !context.explicit) return null;
  if (words.columns === undefined || words.columns.length === 0) return null;
  return { from: name?.from ?? context.pos, options: options(words.columns, 'property', 5) };
}

/** The tag that the cursor is within: `{{` or `{%`, and what is written in it so far. */
export function tagAt(text: string): { kind: '{{' | '{%'; written: string } | null {
  const output = text.lastIndexOf('{{');
  const statement = text.lastIndexOf('{%');
  const start = Math.max(output, statement);
  if (start < 0) return null;
  const written = text.slice(start + 2);
  if (/\}\}|%\}/.test(written)) return null;
  return { kind: start === output ? '{{' : '{%', written };
}

function inTemplate(context: CompletionContext, words: Words = {}): CompletionResult | null {
  const before = context.state.sliceDoc(Math.max(0, context.pos - 2000), context.pos);
  const tag = tagAt(before);
  if (tag === null) return null;
  const name = context.matchBefore(NAME);
  const from = name?.from ?? context.pos;
  const ahead = tag.written.slice(0, tag.written.length - (context.pos - from));
  if (/\|\s*$/.test(ahead)) return result(from, options(words.filters ?? [], 'function', 5));
  if (/\.\s*$/.test(ahead)) return result(from, options(words.rowColumns ?? [], 'property', 5));
  if (tag.kind === '{%' && ahead.trim() === '') return result(from, options(STATEMENTS, 'keyword', 5));
  return result(from, options(words.variables ?? [], 'variable', 5));
}

function outsideOfTags(source: CompletionSource): CompletionSource {
  return (context) => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 2000), context.pos);
    return tagAt(before) === null ? source(context) : null;
  };
}

function result(from: number, found: Completion[]): CompletionResult | null {
  return found.length === 0 ? null : { from, options: found, validFor: /^[\p{L}\p{N}_$#]*$/u };
}

function options(words: readonly Word[], type: string, boost: number): Completion[] {
  return words.map(({ label, detail, apply }) => ({
    label,
    type,
    boost,
    ...(detail === undefined ? {} : { detail }),
    ...(apply === undefined ? {} : { apply }),
  }));
}
