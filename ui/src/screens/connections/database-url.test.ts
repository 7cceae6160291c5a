import { describe, expect, it } from 'vitest';
import { NO_PARTS, partsOf, placeOf, urlOf } from './database-url';

describe('the URL of a database', () => {
  it.each([
    ['sqlite:////srv/demo.db', { database: 'sqlite', file: '/srv/demo.db' }],
    [
      'postgresql://tank%40kr@db.example.com:5432/card%20db?sslmode=require',
      {
        database: 'postgresql',
        user: 'tank@kr',
        host: 'db.example.com',
        port: '5432',
        name: 'card db',
        parameters: 'sslmode=require',
      },
    ],
    [
      'mysql://tank@[::1]:3307/card',
      { database: 'mysql', user: 'tank', host: '::1', port: '3307', name: 'card' },
    ],
  ] as const)('%s is taken apart and put together again', (url, parts) => {
    expect(partsOf(url)).toEqual({ ...NO_PARTS, ...parts });
    expect(urlOf({ ...NO_PARTS, ...parts })).toBe(url);
  });

  it('has the usual port where none is given', () => {
    expect(urlOf({ ...NO_PARTS, host: 'db', name: 'card' })).toBe('postgresql://db:5432/card');
    expect(partsOf('postgresql://db/card')).toEqual({ ...NO_PARTS, host: 'db', name: 'card' });
  });

  it.each(['oracle://x/y', 'nonsense', 'sqlite:///x.db?mode=ro', 'mysql://u:secret@h/x', 'mysql://u@h/%zz'])(
    '%s is left to the expert',
    (url) => {
      const parts = partsOf(url);
      expect(parts === null ? null : urlOf(parts)).toSatisfy((made) => made === null || made !== url);
    },
  );

  it('tells its place briefly', () => {
    expect(placeOf('sqlite:////srv/demo.db')).toBe('/srv/demo.db');
    expect(placeOf('postgresql://tank@db:5432/card?sslmode=require')).toBe('tank@db:5432/card');
  });
});
