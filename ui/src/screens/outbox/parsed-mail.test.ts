import { describe, expect, it } from 'vitest';
import { parseMail } from './parsed-mail';

const LINES = [
  'From: =?utf-8?B?7IOI67K97Lm065Oc?= <card@example.com>',
  'To: kim@example.com',
  'Subject: =?utf-8?B?66qF7IS47ISc?=',
  'Date: Wed, 25 Nov 2026 09:00:00 +0900',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=a',
  '',
  '--a',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<img src="cid:logo%40x"><script>alert(1)</script>',
  '--a',
  'Content-Type: image/png',
  'Content-ID: <logo@x>',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'AAEC',
  '--a',
  'Content-Type: application/pdf; name=bill.pdf',
  'Content-Disposition: attachment; filename=bill.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  'AAECAw==',
  '--a--',
  '',
];
const mail = () => parseMail(new TextEncoder().encode(LINES.join('\r\n')).buffer);

describe('a mail taken apart', () => {
  it('has its headers decoded', async () => {
    const { from, to, subject } = await mail();
    expect({ from, to, subject }).toEqual({
      from: '새벽카드 <card@example.com>',
      to: 'kim@example.com',
      subject: '명세서',
    });
  });

  it('has its files, and none of what is drawn within it', async () => {
    const { files } = await mail();
    expect(files.map(({ name, type, content }) => [name, type, content.length])).toEqual([
      ['bill.pdf', 'application/pdf', 4],
    ]);
  });

  it('is a page that allows nothing but its own pictures, and says so before anything else', async () => {
    const { html } = await mail();
    expect(html).toMatch(
      /^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'/,
    );
    expect(html).toContain('src="data:image/png;base64,AAEC"');
  });
});
