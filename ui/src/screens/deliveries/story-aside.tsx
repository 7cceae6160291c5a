import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { CopyText } from '@/components/copy-text';
import { AnchorLink } from '@/components/links';
import { DeliveryBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import classes from './delivery.module.css';
import type { Delivery, Story } from './delivery-queries';
import { Looks } from './looks';
import { Timeline } from './timeline';

/** Beside the data: what happened when, the files, the provider's answer, and other deliveries of the chain. */
export function StoryAside({ story }: { story: Story }) {
  const { t } = useTranslation('deliveries');
  return (
    <Stack gap="md" miw={0}>
      <Part title={t('sections.timeline')}>
        <Timeline delivery={story.delivery} />
      </Part>
      <Part title={t('sections.attachments')}>
        <Attachments attachments={story.attachments} />
      </Part>
      {(story.repeats.length > 0 || story.repeated_by.length > 0) && (
        <Part title={t('sections.chain')}>
          <Chain title={t('chain.later')} deliveries={story.repeated_by} />
          <Chain title={t('chain.earlier')} deliveries={story.repeats} />
        </Part>
      )}
      <Part title={t('sections.answer')}>
        <Facts delivery={story.delivery} />
      </Part>
      <Part title={t('sections.looks')}>
        <Looks looks={story.looks} />
      </Part>
    </Stack>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} padding="md">
      <Title order={2} size="h4" id={id} mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function Attachments({ attachments }: { attachments: readonly Schemas['AttachmentView'][] }) {
  const { t } = useTranslation('deliveries');
  const format = useFormat();
  if (attachments.length === 0) return <Text c="dimmed">{t('attachments.none')}</Text>;
  return attachments.map((file) => (
    <div key={`${file.rule_no}/${file.path}`} className={classes.file}>
      <Text fw={550}>{file.path === '' ? t('attachments.rule', { no: file.rule_no + 1 }) : file.path}</Text>
      <Text size="sm" c="dimmed">
        {t(`attachments.status.${file.status}`)}
        {file.size !== null && ` · ${format.bytes(file.size)}`}
      </Text>
      {file.detail !== '' && <Text size="sm">{file.detail}</Text>}
      {file.sha256 !== null && <CopyText label="SHA-256" text={file.sha256} />}
    </div>
  ));
}

function Chain({ title, deliveries }: { title: string; deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return null;
  return (
    <div className={classes.file}>
      <Text size="sm" c="dimmed" mb={4}>
        {title}
      </Text>
      {deliveries.map((delivery) => (
        <Group key={delivery.id} gap="xs" py={3}>
          <DeliveryBadge status={delivery.status} />
          <AnchorLink to="/deliveries/$deliveryId" params={{ deliveryId: delivery.id }}>
            <Time at={delivery.created_at} />
          </AnchorLink>
        </Group>
      ))}
    </div>
  );
}

function Facts({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('deliveries');
  const format = useFormat();
  return (
    <dl className={classes.facts}>
      {delivery.message_id !== '' && (
        <Fact name={t('fact.messageId')}>
          <CopyText label={t('fact.messageId')} text={delivery.message_id} />
        </Fact>
      )}
      {delivery.error_code !== '' && <Fact name={t('fact.code')}>{delivery.error_code}</Fact>}
      {delivery.error_text !== '' && <Fact name={t('fact.said')}>{delivery.error_text}</Fact>}
      {delivery.attempts > 0 && <Fact name={t('fact.attempts')}>{format.number(delivery.attempts)}</Fact>}
      {delivery.mime_size !== null && <Fact name={t('fact.size')}>{format.bytes(delivery.mime_size)}</Fact>}
      {delivery.mime_sha256 !== '' && (
        <Fact name={t('fact.sha256')}>
          <CopyText label={t('fact.sha256')} text={delivery.mime_sha256} />
        </Fact>
      )}
      <Fact name={t('fact.id')}>
        <CopyText label={t('fact.id')} text={delivery.id} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
