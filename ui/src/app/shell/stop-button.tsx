import { ActionIcon, Menu, Text, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { announce } from '@/components/announcer';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { useMay } from '../session';
import { InFlight } from './in-flight';
import { sendingQuery } from './sending-query';

/** Whether who is signed in may stop all sending, and it is not stopped already. */
export function useMayStop(): boolean {
  const mayOperate = useMay('operator');
  const { data: sending } = useQuery(sendingQuery);
  return mayOperate && sending?.stopped === false;
}

/** In the header, where it is found in a hurry. */
export function StopButton({ ask }: { ask: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Tooltip label={t('stop.button')}>
      <ActionIcon aria-label={t('stop.button')} onClick={ask} visibleFrom="sm">
        <OctagonX size={20} strokeWidth={1.75} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  );
}

/** The same in the account's menu, for narrow windows. */
export function StopMenuItem({ ask }: { ask: () => void }) {
  const { t } = useTranslation('shell');
  // Hidden by CSS alone it would still be a stop of the arrow keys.
  const isNarrow = useMediaQuery('(max-width: 47.99em)');
  if (!isNarrow) return null;
  return (
    <Menu.Item leftSection={<OctagonX size={16} strokeWidth={1.75} aria-hidden="true" />} onClick={ask}>
      {t('stop.button')}
    </Menu.Item>
  );
}

export function StopDialog({ close }: { close: () => void }) {
  const { t } = useTranslation('shell');
  const client = useQueryClient();
  const stop = async (reason: string) => {
    client.setQueryData(keys.sending.all, await data(api.POST('/sending/stop', { body: { reason } })));
    announce(t('stop.done'));
  };
  return (
    <ConfirmDialog
      title={t('stop.title')}
      verb={t('stop.button')}
      isDangerous
      asksReason
      act={stop}
      close={close}
    >
      <Text>{t('stop.text')}</Text>
      <Text mt="xs" fw={600}>
        <InFlight />
      </Text>
    </ConfirmDialog>
  );
}
