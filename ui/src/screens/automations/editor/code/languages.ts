import { html } from '@codemirror/lang-html';
import { PLSQL, SQLDialect, sql } from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';

export type CodeLanguage = 'sql' | 'html' | 'text';

/** Oracle's dialect as statements (not programs) use it. */
export const dialect = SQLDialect.define({
  ...PLSQL.spec,
  keywords: `${PLSQL.spec.keywords ?? ''} merge using matched left right full inner outer join on with recursive limit offset case when then else end over partition within group fetch first rows only next`,
  builtin: `${PLSQL.spec.builtin ?? ''} nvl nvl2 coalesce decode to_char to_date to_number trunc round substr instr trim lpad rpad sysdate systimestamp add_months last_day months_between listagg row_number rank dense_rank count sum min max avg`,
  doubleDollarQuotedStrings: false,
});

function marking(pattern: RegExp, className: string): Extension {
  const matcher = new MatchDecorator({ regexp: pattern, decoration: Decoration.mark({ class: className }) });
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = matcher.createDeco(view);
      }
      update(update: ViewUpdate) {
        this.decorations = matcher.updateDeco(update, this.decorations);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

const templateTags = marking(/\{\{[^{}]*\}\}|\{%[^%]*%\}|\{#[^#]*#\}/g, 'cm-tag');
const binds = marking(/(?<![:\w'])(:[\p{L}_][\p{L}\p{N}_$#]*)/gu, 'cm-bind');

export function languageOf(language: CodeLanguage): Extension {
  if (language === 'sql') return [sql({ dialect, upperCaseKeywords: true }), binds];
  if (language === 'html') return [html({ autoCloseTags: true, matchClosingTags: false }), templateTags];
  return templateTags;
}
