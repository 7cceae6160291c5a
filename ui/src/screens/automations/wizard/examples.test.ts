import { describe, expect, it } from 'vitest';
import { exampleTemplate, guessColumns, variableOf } from './examples';

const NOTHING = { email: '', key: [], name: '', equal_addresses: 'allow' as const };

describe('what columns mean', () => {
  it('is guessed by their names', () => {
    expect(guessColumns(['CUST_ID', '고객명', 'EMAIL'], NOTHING)).toMatchObject({
      email: 'EMAIL',
      key: ['CUST_ID'],
      name: '고객명',
    });
    expect(guessColumns(['mail_addr', 'user_no', 'user_name'], NOTHING)).toMatchObject({
      email: 'mail_addr',
      key: ['user_no'],
      name: 'user_name',
    });
  });

  it('stays what somebody chose, as far as it is there', () => {
    const before = { ...NOTHING, email: 'OTHER', key: ['A'], name: 'GONE' };
    expect(guessColumns(['A', 'OTHER', 'EMAIL'], before)).toMatchObject({
      email: 'OTHER',
      key: ['A'],
      name: '',
    });
  });
});

describe('the example mail', () => {
  it('uses the columns that are there, and no others', () => {
    const meant = guessColumns(['CUST_ID', 'NAME', 'EMAIL', 'AMOUNT DUE'], NOTHING);
    const { subject, html } = exampleTemplate(['CUST_ID', 'NAME', 'EMAIL', 'AMOUNT DUE'], meant, 'en');
    expect(subject).toContain('{{ NAME|default("customer") }}');
    expect(html).toContain('{{ CUST_ID }}');
    expect(html).toContain('{{ row["AMOUNT DUE"] }}');
    expect(html).not.toContain('{{ EMAIL }}');
  });

  it('needs no name', () => {
    expect(exampleTemplate(['ID', 'EMAIL'], { ...NOTHING, email: 'EMAIL' }, 'ko').subject).toBe(
      '고객님께 안내드립니다',
    );
  });

  it('names odd columns by the row', () => {
    expect(variableOf('고객 번호')).toBe('row["고객 번호"]');
  });
});
