import { Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useZone } from '@/lib/zone';
import { dayIn, PERIODS, type PeriodName } from './period';
import classes from './reports.module.css';
import type { ReportSearch } from './routes';
import type { ReportFilter } from './use-report';

interface PeriodBarProps {
  filter: ReportFilter;
  automations: readonly Schemas['AutomationTotalsView'][];
}

/** Which days, and of which automation. */
export function PeriodBar({ filter, automations }: PeriodBarProps) {
  const { t } = useTranslation('reports');
  const navigate = useNavigate();
  const today = dayIn(useZone(), new Date());
  const names = useAutomationNames(automations);
  const change = (what: ReportSearch) =>
    void navigate({
      from: '/reports',
      to: '/reports',
      search: (before) => clean({ ...before, ...what }),
      replace: true,
    });
  const choose = (name: PeriodName) =>
    change(
      name === 'own'
        ? { period: name, since: filter.since, until: filter.until }
        : { period: name, since: undefined, until: undefined },
    );
  return (
    <Group gap="sm" mb="lg" align="flex-end" className={classes.bar}>
      <NativeSelect
        label={t('period.label')}
        value={filter.name}
        onChange={(event) => choose(event.currentTarget.value as PeriodName)}
        data={PERIODS.map((name) => ({ value: name, label: t(`period.${name}`) }))}
        w={160}
      />
      {filter.name === 'own' && (
        <>
          <TextInput
            type="date"
            label={t('since')}
            value={filter.since}
            max={filter.until}
            onChange={(event) => event.currentTarget.value && change({ since: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('until')}
            value={filter.until}
            min={filter.since}
            max={today}
            onChange={(event) => event.currentTarget.value && change({ until: event.currentTarget.value })}
          />
        </>
      )}
      <NativeSelect
        label={t('automation')}
        value={filter.automation ?? ''}
        onChange={(event) => change({ automation: event.currentTarget.value || undefined })}
        data={[{ value: '', label: t('all') }, ...names]}
        w={240}
      />
    </Group>
  );
}

/** By name; those of the report are among them even where they have been deleted. */
function useAutomationNames(reported: readonly Schemas['AutomationTotalsView'][]) {
  const query = { limit: 200 };
  const { data: page } = useQuery({
    queryKey: keys.automation.list(query),
    queryFn: ({ signal }) => data(api.GET('/automation', { params: { query }, signal })),
  });
  const names = new Map(reported.map((one) => [one.automation_id, one.name]));
  for (const one of page?.items ?? []) names.set(one.id, one.name);
  return [...names]
    .map(([value, label]) => ({ value, label }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

function clean(search: ReportSearch): ReportSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
