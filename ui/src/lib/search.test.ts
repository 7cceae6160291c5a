import { expect, it } from 'vitest';
import { oneOf, textsOf } from './search';

it('takes the texts of the names asked for, and a number for the text that it was', () => {
  const search = { q: 1234567, status: 'FAIL', empty: '', other: 'x', list: ['a'] };
  expect(textsOf(search, ['q', 'status', 'empty', 'list'])).toEqual({ q: '1234567', status: 'FAIL' });
});

it('takes what is allowed alone', () => {
  expect(oneOf('7', ['1', '7'])).toBe('7');
  expect(oneOf('8', ['1', '7'])).toBeUndefined();
  expect(oneOf(undefined, ['1'])).toBeUndefined();
});
