/** What stands on the other side. Oracle has a kind of its own and no URL. */
export const DATABASES = ['sqlite', 'postgresql', 'mysql'] as const;
export type Database = (typeof DATABASES)[number];

export interface UrlParts {
  database: Database;
  /** SQLite: the file, from the root of the file system. */
  file: string;
  host: string;
  port: string;
  name: string;
  user: string;
  /** Behind the question mark: what the driver is told besides. */
  parameters: string;
}

export const DEFAULT_PORTS: Record<Database, string> = { sqlite: '', postgresql: '5432', mysql: '3306' };
export const NO_PARTS: UrlParts = {
  database: 'postgresql',
  file: '',
  host: '',
  port: '',
  name: '',
  user: '',
  parameters: '',
};

const SCHEMES: Record<string, Database> = {
  sqlite: 'sqlite',
  'sqlite+pysqlite': 'sqlite',
  postgresql: 'postgresql',
  'postgresql+psycopg': 'postgresql',
  mysql: 'mysql',
  'mysql+pymysql': 'mysql',
  mariadb: 'mysql',
  'mariadb+pymysql': 'mysql',
};
const SERVER = /^(?:([^@/:]*)@)?(\[[^\]]*\]|[^:/?]*)(?::(\d+))?\/([^?]*)(?:\?(.*))?$/;

export function urlOf({ database, file, host, port, name, user, parameters }: UrlParts): string {
  if (database === 'sqlite') return `sqlite:///${file.trim()}`;
  const place = host.includes(':') && !host.startsWith('[') ? `[${host.trim()}]` : host.trim();
  const who = user.trim() === '' ? '' : `${encodeURIComponent(user.trim())}@`;
  const at = port.trim() === '' ? DEFAULT_PORTS[database] : port.trim();
  const rest = parameters.trim() === '' ? '' : `?${parameters.trim()}`;
  return `${database}://${who}${place}:${at}/${encodeURIComponent(name.trim())}${rest}`;
}

/** A URL's parts, or null where it says what no field here holds. */
export function partsOf(url: string): UrlParts | null {
  const [, scheme = '', rest = ''] = /^([\w+]+):\/\/(.*)$/.exec(url) ?? [];
  const database = SCHEMES[scheme];
  if (database === undefined) return null;
  if (database === 'sqlite') {
    return rest.startsWith('/') && !rest.includes('?')
      ? { ...NO_PARTS, database, file: rest.slice(1) }
      : null;
  }
  const found = SERVER.exec(rest);
  if (found === null) return null;
  const [, user = '', host = '', port = '', name = '', parameters = ''] = found;
  try {
    return {
      ...NO_PARTS,
      database,
      host: host.replace(/^\[|\]$/g, ''),
      port,
      name: decodeURIComponent(name),
      user: decodeURIComponent(user),
      parameters,
    };
  } catch {
    return null;
  }
}

/** Where a connection leads, in a few characters. */
export function placeOf(url: string): string {
  const parts = partsOf(url);
  if (parts === null) return url;
  if (parts.database === 'sqlite') return parts.file;
  const who = parts.user === '' ? '' : `${parts.user}@`;
  return `${who}${parts.host}${parts.port === '' ? '' : `:${parts.port}`}/${parts.name}`;
}
