import type { Schemas } from '@/api/client';

export type SenderKind = Schemas['SenderKind'];
export const SENDER_KINDS = ['outbox', 'smtp', 'ses'] as const satisfies readonly SenderKind[];

interface Rule {
  kind: 'text' | 'number' | 'flag' | 'secret';
  /** What holds where nothing is given. */
  usual?: string | number | boolean;
  least?: number;
  most?: number;
  choices?: readonly string[];
  isRequired?: boolean;
  /** Most people never need it. */
  isRare?: boolean;
}

const rare = (usual: number, least: number, most: number): Rule => ({
  kind: 'number',
  usual,
  least,
  most,
  isRare: true,
});

/** The options that each kind knows, as docs/senders.md describes them; the server has the last word. */
export const OPTIONS: Record<SenderKind, Record<string, Rule>> = {
  outbox: {
    folder: { kind: 'text' },
    sync: { kind: 'flag', usual: true, isRare: true },
    max_concurrency: rare(256, 1, 5_000),
    max_message_bytes: rare(40_000_000, 1_000, 200_000_000),
  },
  smtp: {
    host: { kind: 'text', isRequired: true },
    port: { kind: 'number', least: 1, most: 65_535 },
    tls: { kind: 'text', usual: 'starttls', choices: ['starttls', 'tls', 'none'] },
    username: { kind: 'text' },
    password: { kind: 'secret' },
    allow_plain_login: { kind: 'flag', usual: false, isRare: true },
    ca_bundle: { kind: 'text', isRare: true },
    local_hostname: { kind: 'text', isRare: true },
    max_concurrency: rare(10, 1, 500),
    mails_per_connection: rare(100, 1, 100_000),
    idle_seconds: rare(20, 0, 600),
    connect_seconds: rare(15, 0.1, 300),
    reply_seconds: rare(120, 0.1, 1_800),
    max_message_bytes: rare(25_000_000, 1_000, 200_000_000),
  },
  ses: {
    region: { kind: 'text' },
    access_key_id: { kind: 'text' },
    secret_access_key: { kind: 'secret' },
    session_token: { kind: 'secret', isRare: true },
    configuration_set: { kind: 'text' },
    profile: { kind: 'text', isRare: true },
    endpoint_url: { kind: 'text', isRare: true },
    ca_bundle: { kind: 'text', isRare: true },
    max_concurrency: rare(300, 1, 5_000),
    keepalive_seconds: rare(2, 0, 60),
    connect_seconds: rare(10, 0.1, 120),
    read_seconds: rare(60, 0.1, 600),
    total_seconds: rare(120, 0.1, 1_800),
  },
};

export type OptionValue = string | number | boolean;
export type OptionValues = Record<string, OptionValue>;

/** What was given, without what is empty or as usual; what no rule knows is kept as it is. */
export function givenOptions(kind: SenderKind, values: OptionValues): OptionValues {
  const rules = OPTIONS[kind];
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const)
      .filter(([name, value]) => value !== '' && value !== rules[name]?.usual),
  );
}
