import { Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { ConfirmDialog } from '@/components/confirm-dialog';
import type { Delivery } from './delivery-queries';

interface ResendOneProps {
  delivery: Delivery;
  onJob: (job: Schemas['JobView']) => void;
  close: () => void;
}

/** Sends one delivery again, to a corrected address where one is given. */
export function ResendOne({ delivery, onJob, close }: ResendOneProps) {
  const { t } = useTranslation('deliveries');
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const isPerhapsTwice = delivery.status === 'SENT' || delivery.status === 'UNKNOWN';
  const resend = async (reason: string) => {
    const answer = api.POST('/delivery/{delivery_id}/resend', {
      params: { path: { delivery_id: delivery.id } },
      body: { reason, email: email.trim() === '' ? null : email.trim() },
    });
    onJob(await data(answer));
    void client.invalidateQueries({ queryKey: keys.delivery.all });
  };
  return (
    <ConfirmDialog
      title={t('resendDialog.title')}
      verb={t('resendDialog.verb')}
      isDangerous={isPerhapsTwice}
      asksReason
      act={resend}
      close={close}
    >
      <Text>{t('resendDialog.text')}</Text>
      {isPerhapsTwice && (
        <Text mt={4} fw={600}>
          {t('resendDialog.twice')}
        </Text>
      )}
      <TextInput
        mt="md"
        inputMode="email"
        label={t('resendDialog.email')}
        description={t('resendDialog.emailHint')}
        placeholder={delivery.email}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        maxLength={320}
        autoComplete="off"
      />
    </ConfirmDialog>
  );
}
