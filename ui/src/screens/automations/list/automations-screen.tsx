import { Badge, Group, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Mails, Search } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { type Column, KeysetTable } from '@/components/keyset-table';
import { AnchorLink } from '@/components/links';
import { Page } from '@/components/page';
import { Time } from '@/components/time';
import { useKeyset } from '@/lib/keyset';
import type { Automation } from '../actions';
import { BeginButton } from '../begin-button';

import classes from './automations-screen.module.css';
import { LastResult } from './last-result';
import { AutomationMenu, NewAutomation } from './lazy';
import { useNextRuns } from './use-overview';

const ASKED_AFTER_MS = 250;

export function AutomationsScreen() {
  // Every namespace of the page at once: one that is fetched later would hide the page meanwhile.
  const { t } = useTranslation(['automations', 'shell', 'status']);
  const isOperator = useMay('operator');
  const navigate = useNavigate({ from: '/automations' });
  const { q = '' } = useSearch({ from: '/inside/automations' });
  const [typed, setTyped] = useState(q);
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: text.trim() === '' ? {} : { q: text.trim() }, replace: true });
  }, ASKED_AFTER_MS);
  const keyset = useKeyset<Automation>({
    queryKey: keys.automation.list({ search: q }),
    load: ({ after, limit, signal }) =>
      data(
        api.GET('/automation', {
          params: { query: { search: q, limit, ...(after === undefined ? {} : { after }) } },
          signal,
        }),
      ),
  });

  return (
    <Page
      title={t('shell:screens.automations')}
      description={t('list.description')}
      actions={
        isOperator && (
          <Suspense>
            <NewAutomation />
          </Suspense>
        )
      }
    >
      <TextInput
        type="search"
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        leftSection={<Search size={16} aria-hidden="true" />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
        maw={360}
        mb="md"
      />
      <KeysetTable
        label={t('shell:screens.automations')}
        keyset={keyset}
        columns={useColumns()}
        rowKey={(one) => one.id}
        onRowClick={(one) => void navigate({ to: '/automations/$id', params: { id: one.id } })}
        empty={<Nothing search={q} />}
      />
    </Page>
  );
}

function Nothing({ search }: { search: string }) {
  const { t } = useTranslation('automations');
  const isOperator = useMay('operator');
  if (search !== '')
    return (
      <EmptyState title={t('list.noneFound', { search })} icon={Search}>
        {t('list.noneFoundText')}
      </EmptyState>
    );
  return (
    <EmptyState title={t('list.none')} icon={Mails} action={isOperator && <BeginButton />}>
      {t('list.noneText')}
    </EmptyState>
  );
}

function useColumns(): readonly Column<Automation>[] {
  const { t } = useTranslation('automations');
  const next = useNextRuns();
  return [
    {
      key: 'name',
      header: t('list.name'),
      render: (one) => <Name automation={one} next={next.get(one.id)} />,
    },
    {
      key: 'state',
      header: t('list.state'),
      hiddenBelow: 'sm',
      render: (one) => <States automation={one} />,
    },
    {
      key: 'next',
      header: t('list.next'),
      hiddenBelow: 'md',
      render: (one) => <Next automation={one} next={next.get(one.id)} />,
    },
    {
      key: 'last',
      header: t('list.last'),
      hiddenBelow: 'sm',
      render: (one) => <LastResult automationId={one.id} />,
    },
    {
      key: 'menu',
      header: <span className={classes.hidden}>{t('list.actions')}</span>,
      align: 'right',
      width: 56,
      render: (one) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: keeps a click in the menu from opening the row.
        // biome-ignore lint/a11y/useKeyWithClickEvents: as above; keys never reach the row.
        <div onClick={(event) => event.stopPropagation()}>
          <Suspense>
            <AutomationMenu automation={one} />
          </Suspense>
        </div>
      ),
    },
  ];
}

interface RowProps {
  automation: Automation;
  next?: { at: string; zone: string } | undefined;
}

function Name({ automation, next }: RowProps) {
  return (
    <div className={classes.name}>
      <AnchorLink
        to="/automations/$id"
        params={{ id: automation.id }}
        fw={600}
        c="inherit"
        onClick={(event) => event.stopPropagation()}
      >
        {automation.name}
      </AnchorLink>
      {automation.description !== '' && (
        <Text size="sm" c="dimmed" lineClamp={2}>
          {automation.description}
        </Text>
      )}
      <div className={classes.narrow}>
        <States automation={automation} />
        <Next automation={automation} next={next} />
        <LastResult automationId={automation.id} />
      </div>
    </div>
  );
}

/** Whether it runs, and whether what runs is what the editor shows. */
export function States({ automation }: RowProps) {
  const { t } = useTranslation('automations');
  return (
    <Group gap={6}>
      <Badge
        color={automation.enabled ? 'teal' : 'gray'}
        className="tank-status"
        data-tone={automation.enabled ? 'good' : 'quiet'}
      >
        {automation.enabled ? t('states.enabled') : t('states.disabled')}
      </Badge>
      {automation.active_revision_number === null ? (
        <Badge color="gray" className="tank-status" data-tone="quiet">
          {t('states.unpublished')}
        </Badge>
      ) : (
        automation.draft_differs && (
          <Badge color="yellow" className="tank-status" data-tone="warning">
            {t('states.differs', { number: automation.active_revision_number })}
          </Badge>
        )
      )}
    </Group>
  );
}

function Next({ automation, next }: RowProps) {
  const { t } = useTranslation('automations');
  if (next === undefined)
    return (
      <Text size="sm" c="dimmed">
        {t('list.noSchedule')}
      </Text>
    );
  if (!automation.enabled)
    return (
      <Text size="sm" c="dimmed">
        {t('list.scheduleHeld')}
      </Text>
    );
  return (
    <div>
      <Time at={next.at} zone={next.zone} />
      <Text size="xs" c="dimmed">
        <Time at={next.at} zone={next.zone} style="relative" />
      </Text>
    </div>
  );
}
