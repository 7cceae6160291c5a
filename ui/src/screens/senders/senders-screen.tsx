import { Button, Stack } from '@mantine/core';
import { Plus, Send } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { SenderCard } from './sender-card';
import { type Sender, useSenders } from './use-senders';

const SenderForm = lazy(() => import('./sender-form'));

/** The ways that mails leave by. */
export function SendersScreen() {
  const { t } = useTranslation('senders');
  const mayChange = useMay('admin');
  const { data: senders, error, refetch } = useSenders();
  const [edited, setEdited] = useState<Sender | 'new' | null>(null);
  const add = (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={() => setEdited('new')}>
      {t('add')}
    </Button>
  );
  return (
    <Page
      title={t('title')}
      description={mayChange ? t('description') : t('readOnly')}
      actions={mayChange && senders !== undefined && senders.length > 0 ? add : undefined}
    >
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {error === null && senders === undefined && <LinesSkeleton lines={6} />}
      {senders?.length === 0 && (
        <EmptyState icon={Send} title={t('empty.title')} action={mayChange ? add : undefined}>
          {t('empty.text')}
        </EmptyState>
      )}
      <Stack gap="sm">
        {senders?.map((sender) => (
          <SenderCard key={sender.id} sender={sender} mayChange={mayChange} edit={() => setEdited(sender)} />
        ))}
      </Stack>
      {edited !== null && (
        <Suspense>
          <SenderForm sender={edited === 'new' ? null : edited} close={() => setEdited(null)} />
        </Suspense>
      )}
    </Page>
  );
}
