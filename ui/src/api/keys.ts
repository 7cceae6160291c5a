/**
 * The keys of everything that is cached, in one place: what a change makes stale is named here too.
 * Each begins with the noun of its path; `keys.run.all` matches every one of that noun.
 */
function noun<const Name extends string>(name: Name) {
  return {
    all: [name] as const,
    list: (filter: object = {}) => [name, 'list', filter] as const,
    one: (id: string) => [name, 'one', id] as const,
    /** Something beneath one of them: `keys.run.part(id, 'causes')`. */
    part: (id: string, part: string, filter: object = {}) => [name, 'one', id, part, filter] as const,
  };
}

export const keys = {
  account: noun('account'),
  audit: noun('audit'),
  automation: noun('automation'),
  calendar: noun('calendar'),
  connection: noun('connection'),
  delivery: noun('delivery'),
  job: noun('job'),
  outbox: noun('outbox'),
  report: noun('report'),
  run: noun('run'),
  schedule: noun('schedule'),
  sender: noun('sender'),
  sending: noun('sending'),
  session: noun('session'),
  setting: noun('setting'),
  systemError: noun('system-error'),
  token: noun('token'),
  worker: noun('worker'),
};
