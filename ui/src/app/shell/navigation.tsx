import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { mayAs } from '@/api/session';
import { NAVIGATION, type NavigationEntry, type NavigationGroup } from '../navigation';
import { useSession } from '../session';
import classes from './navigation.module.css';

const ERRORS_LOOKED_AT_MS = 20_000;
/** More are not counted: the number is there to be brought to zero. */
const MOST_COUNTED = 100;

export function Navigation() {
  return (
    <div className={classes.groups}>
      {NAVIGATION.map((group) => (
        <Group key={group.name} group={group} />
      ))}
    </div>
  );
}

function Group({ group }: { group: NavigationGroup }) {
  const { t } = useTranslation('shell');
  const role = useSession()?.account.role ?? 'viewer';
  const entries = group.entries.filter((entry) => mayAs(role, entry.needs ?? 'viewer'));
  const name = t(`groups.${group.name}`);
  return (
    <div>
      {group.name !== 'overview' && <p className={classes.group}>{name}</p>}
      <ul className={classes.list} aria-label={name}>
        {entries.map((entry) => (
          <li key={entry.name}>
            <Entry entry={entry} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Entry({ entry }: { entry: NavigationEntry }) {
  const { t } = useTranslation('shell');
  const Icon = entry.icon;
  return (
    <Link
      to={entry.to}
      className={classes.link}
      activeOptions={{ exact: entry.to === '/', includeSearch: false }}
      activeProps={{ 'aria-current': 'page' }}
    >
      <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
      <span className={classes.name}>{t(`screens.${entry.name}`)}</span>
      {entry.name === 'systemErrors' && <OpenErrors />}
    </Link>
  );
}

/** How many system errors nobody has acknowledged. */
function OpenErrors() {
  const { t } = useTranslation('shell');
  const filter = { unacknowledged: true, limit: MOST_COUNTED };
  const { data: count = 0 } = useQuery({
    queryKey: keys.systemError.list(filter),
    queryFn: ({ signal }) => data(api.GET('/system-error', { params: { query: filter }, signal })),
    select: (page) => page.items.length,
    refetchInterval: ERRORS_LOOKED_AT_MS,
  });
  if (count === 0) return null;
  const shown = count < MOST_COUNTED ? String(count) : `${MOST_COUNTED - 1}+`;
  return (
    <Badge
      color="red"
      variant="filled"
      size="sm"
      circle={shown.length === 1}
      aria-label={t('openErrors', { count })}
    >
      {shown}
    </Badge>
  );
}
