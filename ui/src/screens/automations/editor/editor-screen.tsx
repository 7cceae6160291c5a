import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { ChevronLeft, Play, Power, Send } from 'lucide-react';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { AnchorLink, ButtonLink } from '@/components/links';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { ScreenSkeleton } from '@/components/skeletons';
import { hasDraft } from '@/lib/drafts';
import { type AutomationDetail, readAutomation } from '../actions';

import { States } from '../list/automations-screen';
import type { Go } from '../list/go-dialog';
import { AutomationMenu, GoDialog } from '../list/lazy';
import { AutomationContext, edited } from './automation-context';
import classes from './editor-screen.module.css';

const SECTIONS = [
  { name: 'overview', to: '/automations/$id', parts: [] },
  { name: 'data', to: '/automations/$id/data', parts: ['target', 'mapping', 'update', 'columns'] },
  { name: 'mail', to: '/automations/$id/mail', parts: ['template', 'envelope'] },
  { name: 'files', to: '/automations/$id/files', parts: ['attachments'] },
  { name: 'policies', to: '/automations/$id/policies', parts: ['policies', 'general'] },
  { name: 'schedule', to: '/automations/$id/schedule', parts: [] },
  { name: 'try', to: '/automations/$id/try', parts: [] },
  { name: 'revisions', to: '/automations/$id/revisions', parts: [] },
] as const;

/** One automation, with a page for each part of it. */
export function EditorScreen() {
  // Every namespace of the page at once: one that is fetched later would hide the page meanwhile.
  const { t } = useTranslation(['editor', 'shell', 'automations', 'status']);
  const { id } = useParams({ from: '/inside/automations/$id' });
  const query = useQuery({
    queryKey: keys.automation.one(id),
    queryFn: ({ signal }) => readAutomation(id, signal),
  });
  const above = (
    <AnchorLink to="/automations" className={classes.back}>
      <ChevronLeft size={14} aria-hidden="true" />
      {t('shell:screens.automations')}
    </AnchorLink>
  );
  if (query.data === undefined) {
    if (query.error === null) return <ScreenSkeleton />;
    return (
      <Page title={t('shell:screens.automations')} above={above}>
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      </Page>
    );
  }
  return (
    <AutomationContext value={edited(query.data)} key={id}>
      <Page
        title={query.data.name}
        description={<States automation={query.data} />}
        above={above}
        actions={<Actions automation={query.data} />}
      >
        <Sections id={id} />
        <Suspense fallback={<ScreenSkeleton />}>
          <Outlet />
        </Suspense>
      </Page>
    </AutomationContext>
  );
}

function Sections({ id }: { id: string }) {
  const { t } = useTranslation('editor');
  const tabs = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has another tab, which may be out of sight.
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  return (
    <nav ref={tabs} className={classes.tabs} aria-label={t('sections.label')}>
      {SECTIONS.map(({ name, to, parts }) => (
        <Link
          key={name}
          to={to}
          params={{ id }}
          className={classes.tab}
          activeOptions={{ exact: true }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {t(`sections.${name}`)}
          {parts.some((part) => hasDraft(`automation/${id}/${part}`)) && (
            <span className={classes.dot} role="img" aria-label={t('notSaved')} title={t('notSaved')} />
          )}
        </Link>
      ))}
    </nav>
  );
}

function Actions({ automation }: { automation: AutomationDetail }) {
  const { t } = useTranslation(['automations', 'editor']);
  const navigate = useNavigate();
  const isOperator = useMay('operator');
  const [asking, setAsking] = useState<Go | null>(null);
  return (
    <Group gap="xs">
      {isOperator && (
        <>
          <ButtonLink
            to="/automations/$id/try"
            params={{ id: automation.id }}
            variant="default"
            leftSection={<Send size={16} aria-hidden="true" />}
          >
            {t('editor:testSend')}
          </ButtonLink>
          {automation.enabled ? (
            <Button leftSection={<Play size={16} aria-hidden="true" />} onClick={() => setAsking('run')}>
              {t('menu.run')}
            </Button>
          ) : (
            <Button leftSection={<Power size={16} aria-hidden="true" />} onClick={() => setAsking('enable')}>
              {t('menu.enable')}
            </Button>
          )}
        </>
      )}
      <Suspense>
        <AutomationMenu
          automation={automation}
          isShort
          onDeleted={() => void navigate({ to: '/automations' })}
        />
      </Suspense>
      {asking !== null && (
        <Suspense>
          <GoDialog go={asking} automation={automation} close={() => setAsking(null)} />
        </Suspense>
      )}
    </Group>
  );
}
