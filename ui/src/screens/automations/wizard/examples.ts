import type { Schemas } from '@/api/client';
import type { Language } from '@/app/i18n';

type TargetColumns = Schemas['TargetColumns'];
type Template = Schemas['Template'];

/** What a target query looks like, where no other automation shows it. */
export const EXAMPLE_QUERY =
  "SELECT CUST_ID,\n       NAME,\n       EMAIL\n  FROM CUSTOMER\n WHERE ACTIVE = 'Y'";

const EMAIL = /e?[-_]?mail|이메일|메일주소/i;
const KEY = /(^|_)(id|no|num|key)$|cust.*(id|no)|번호|아이디/i;
const NAME = /(^|_)(name|nm)$|이름|성명|고객명|회원명/i;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const SHOWN_COLUMNS = 5;

/** What the columns most likely mean, by their names. */
export function guessColumns(columns: readonly string[], before: TargetColumns): TargetColumns {
  const known = (name: string) => columns.includes(name);
  const email = known(before.email) ? before.email : (columns.find((name) => EMAIL.test(name)) ?? '');
  const rest = columns.filter((name) => name !== email);
  const key = rest.find((name) => KEY.test(name)) ?? rest[0] ?? email;
  return {
    ...before,
    email,
    key: before.key.length > 0 && before.key.every(known) ? before.key : key === '' ? [] : [key],
    name: known(before.name) ? before.name : (rest.find((name) => NAME.test(name)) ?? ''),
  };
}

/** How a template names a column. */
export function variableOf(column: string): string {
  return IDENTIFIER.test(column) ? column : `row["${column}"]`;
}

const TEXTS = {
  ko: {
    someone: '고객',
    subject: (name: string) => `${name}님께 안내드립니다`,
    hello: (name: string) => `${name}님, 안녕하세요.`,
    lead: '요청하신 내용을 아래와 같이 안내드립니다.',
    foot: '궁금하신 점은 이 메일에 회신해 주세요.',
  },
  en: {
    someone: 'customer',
    subject: (name: string) => `For you, ${name}`,
    hello: (name: string) => `Hello ${name},`,
    lead: 'Here is what we have for you.',
    foot: 'Just reply to this mail if you have any questions.',
  },
} as const;

/** A plain and decent mail that names the recipient and shows some of the columns. */
export function exampleTemplate(
  columns: readonly string[],
  meant: TargetColumns,
  language: Language,
): Template {
  const text = TEXTS[language];
  const name =
    meant.name === '' ? text.someone : `{{ ${variableOf(meant.name)}|default("${text.someone}") }}`;
  const rows = columns
    .filter((column) => column !== meant.email && column !== meant.name)
    .slice(0, SHOWN_COLUMNS)
    .map(
      (column) =>
        `      <tr>
        <td style="padding: 10px 0; border-bottom: 1px solid #e3e9eb; color: #627278;">${escaped(column)}</td>
        <td style="padding: 10px 0; border-bottom: 1px solid #e3e9eb; text-align: right;">{{ ${variableOf(column)} }}</td>
      </tr>`,
    );
  return {
    subject: text.subject(name),
    html: `<!DOCTYPE html>
<html lang="${language}">
<body style="margin: 0; padding: 24px 12px; background: #eff3f4; font-family: sans-serif; color: #1a2529;">
  <div style="max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 12px;">
    <h1 style="margin: 0 0 12px; font-size: 20px;">${text.hello(name)}</h1>
    <p style="margin: 0 0 20px; line-height: 1.6;">${text.lead}</p>
    <table role="presentation" width="100%" style="border-collapse: collapse; font-size: 14px;">
${rows.join('\n')}
    </table>
    <p style="margin: 24px 0 0; font-size: 13px; color: #627278;">${text.foot}</p>
  </div>
</body>
</html>
`,
    text: '',
    inline_images: [],
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
