import { describe, expect, it } from 'vitest';
import { changesOf } from './changes';

describe('an entry in full', () => {
  it('tells what was changed, from what to what', () => {
    expect(
      changesOf('account.change', { role: ['viewer', 'admin'], display_name: [null, '김하나'] }),
    ).toEqual([
      { name: 'role', before: 'viewer', after: 'admin' },
      { name: 'display_name', before: '', after: '김하나' },
    ]);
  });

  it('tells a list of two as a list', () => {
    expect(changesOf('connection.change', { name: 'card', options: ['pool_size', 'url'] })).toEqual([
      { name: 'name', before: null, after: 'card' },
      { name: 'options', before: null, after: 'pool_size, url' },
    ]);
  });
});
