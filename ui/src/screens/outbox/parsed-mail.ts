import type { Address, Attachment, Email } from 'postal-mime';

export interface MailFile {
  name: string;
  type: string;
  content: Uint8Array<ArrayBuffer>;
}

export interface ParsedMail {
  subject: string;
  from: string;
  to: string;
  date: string | null;
  headers: readonly { name: string; value: string }[];
  html: string | null;
  text: string | null;
  files: readonly MailFile[];
  source: string;
  bytes: ArrayBuffer;
}

/** Nothing is fetched and nothing runs, whatever the mail says: it only shows what it brought along. */
const RULES = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:";
const LONGEST_SOURCE = 200_000;

/** A mail's parts, as a mail client takes them apart. */
export async function parseMail(bytes: ArrayBuffer): Promise<ParsedMail> {
  const { default: PostalMime } = await import('postal-mime');
  const mail = await PostalMime.parse(bytes);
  return {
    subject: mail.subject ?? '',
    from: written(mail.from === undefined ? [] : [mail.from]),
    to: written(mail.to ?? []),
    date: mail.date ?? null,
    headers: mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    html: mail.html === undefined ? null : page(mail),
    text: mail.text ?? null,
    files: mail.attachments.filter((file) => file.disposition !== 'inline').map(asFile),
    source: new TextDecoder().decode(bytes.slice(0, LONGEST_SOURCE)),
    bytes,
  };
}

function written(addresses: readonly Address[]): string {
  return addresses
    .flatMap((one) => one.group ?? [one])
    .map(({ name, address }) => (name === '' ? address : `${name} <${address}>`))
    .join(', ');
}

function asFile(file: Attachment): MailFile {
  return { name: file.filename ?? '', type: file.mimeType, content: bytesOf(file) };
}

function bytesOf({ content }: Attachment): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
}

/** The document of the frame: the rules stand before anything of the mail's. */
function page(mail: Email): string {
  const html = (mail.html ?? '').replaceAll(/cid:([^"'\s)>]+)/gi, (whole, id: string) => {
    const image = mail.attachments.find((file) => file.contentId === `<${decodeURIComponent(id)}>`);
    return image === undefined ? whole : `data:${image.mimeType};base64,${base64(bytesOf(image))}`;
  });
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${RULES}">${html}`;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
