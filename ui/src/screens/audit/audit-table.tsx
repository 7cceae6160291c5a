import { Text, UnstyledButton } from '@mantine/core';
import { ChevronDown, ChevronRight, ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { type Column, KeysetTable } from '@/components/keyset-table';
import { AnchorLink } from '@/components/links';
import { Time } from '@/components/time';
import type { Keyset } from '@/lib/keyset';
import { useActionName } from './actions';
import { Detail } from './detail';
import classes from './detail.module.css';
import type { AuditEntry } from './use-audit';

/** The entries, newest first; each opens to what exactly was changed. */
export function AuditTable({ keyset }: { keyset: Keyset<AuditEntry> }) {
  const { t } = useTranslation('audit');
  const actionName = useActionName();
  const [openId, setOpenId] = useState<string | null>(null);
  const columns: Column<AuditEntry>[] = [
    { key: 'at', header: t('columns.at'), render: (entry) => <Time at={entry.at} /> },
    {
      key: 'actor',
      header: t('columns.actor'),
      render: (entry) => (
        <AnchorLink
          to="/audit"
          search={(before) => ({ ...before, actor: entry.actor })}
          className={classes.actor}
        >
          {entry.actor}
        </AnchorLink>
      ),
    },
    {
      key: 'action',
      header: t('columns.action'),
      render: (entry) => (
        <UnstyledButton
          className={classes.action}
          aria-expanded={openId === entry.id}
          onClick={() => setOpenId(openId === entry.id ? null : entry.id)}
        >
          {openId === entry.id ? (
            <ChevronDown size={14} aria-hidden="true" />
          ) : (
            <ChevronRight size={14} aria-hidden="true" />
          )}
          {actionName(entry.action)}
        </UnstyledButton>
      ),
    },
    {
      key: 'subject',
      header: t('columns.subject'),
      hiddenBelow: 'md',
      render: (entry) => <Subject entry={entry} />,
    },
    {
      key: 'address',
      header: t('columns.address'),
      hiddenBelow: 'md',
      render: (entry) => (
        <Text component="span" c="dimmed" size="sm">
          {entry.address === '' ? t('onServer') : entry.address}
        </Text>
      ),
    },
  ];
  return (
    <KeysetTable
      label={t('title')}
      keyset={keyset}
      columns={columns}
      rowKey={(entry) => entry.id}
      below={(entry) => (entry.id === openId ? <Detail entry={entry} /> : null)}
      empty={
        <EmptyState icon={ScrollText} title={t('empty.title')}>
          {t('empty.text')}
        </EmptyState>
      }
    />
  );
}

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/** What it was done to: its name where the entry says one, else the end of its id. */
function Subject({ entry }: { entry: AuditEntry }) {
  const { name } = entry.detail as { name?: unknown };
  const shown = typeof name === 'string' ? name : entry.subject.replace(UUID, (id) => `…${id.slice(-8)}`);
  return (
    <AnchorLink
      to="/audit"
      search={(before) => ({ ...before, subject: entry.subject })}
      title={entry.subject}
      size="sm"
    >
      {shown}
    </AnchorLink>
  );
}
