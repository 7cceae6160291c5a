import { Alert, Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Mail, ShieldCheck, ShieldQuestionMark } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import classes from './delivery.module.css';
import { type Delivery, hasEnded } from './delivery-queries';

/** The mail as it was sent, made again from the evidence; shown when somebody asks, since that is recorded. */
export function SentMail({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('deliveries');
  const mayOperate = useMay('operator');
  const [isAsked, setIsAsked] = useState(false);
  if (!mayOperate || !hasEnded(delivery)) return null;
  return (
    <section aria-labelledby="sent-mail">
      <Title order={2} id="sent-mail" mb="xs">
        {t('sections.mail')}
      </Title>
      {isAsked ? (
        <ShownMail deliveryId={delivery.id} />
      ) : (
        <Stack gap="xs" align="flex-start">
          <Text c="dimmed">{t('mail.text')}</Text>
          <Button
            variant="default"
            leftSection={<Mail size={16} aria-hidden="true" />}
            onClick={() => setIsAsked(true)}
          >
            {t('mail.show')}
          </Button>
        </Stack>
      )}
    </section>
  );
}

function ShownMail({ deliveryId }: { deliveryId: string }) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.delivery.part(deliveryId, 'mail'),
    queryFn: ({ signal }) =>
      data(
        api.GET('/delivery/{delivery_id}/mail', { params: { path: { delivery_id: deliveryId } }, signal }),
      ),
    // Each look is recorded: none happens by itself.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
  });
  const isThere = query.data !== undefined;
  useEffect(() => {
    if (isThere)
      void client.invalidateQueries({ queryKey: keys.delivery.part(deliveryId, 'story').slice(0, 4) });
  }, [client, deliveryId, isThere]);
  if (query.error !== null) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LinesSkeleton lines={5} />;
  return <MailView mail={query.data} />;
}

function MailView({ mail }: { mail: Schemas['SentMailView'] }) {
  const { t } = useTranslation('deliveries');
  const [width, setWidth] = useState<'desktop' | 'phone'>('desktop');
  const mailbox = ({ name, email }: Schemas['MailboxView']) => (name === '' ? email : `${name} <${email}>`);
  return (
    <Stack gap="sm">
      <Proof mail={mail} />
      {mail.subject !== null && (
        <div className={classes.frame}>
          <dl className={classes.headers}>
            <dt>{t('mail.subject')}</dt>
            <dd>{mail.subject}</dd>
            <dt>{t('mail.from')}</dt>
            <dd>{mailbox(mail.from)}</dd>
            <dt>{t('mail.to')}</dt>
            <dd>{mailbox(mail.to)}</dd>
          </dl>
          <Group justify="flex-end" p="xs" className={classes.mailBar}>
            <SegmentedControl
              size="xs"
              aria-label={t('mail.width')}
              value={width}
              onChange={(value) => setWidth(value === 'phone' ? 'phone' : 'desktop')}
              data={[
                { value: 'desktop', label: t('mail.desktop') },
                { value: 'phone', label: t('mail.phone') },
              ]}
            />
          </Group>
          <div className={classes.paper}>
            {mail.html === null ? (
              <pre className={classes.plain}>{mail.text}</pre>
            ) : (
              // Nothing in a mail may run, load or reach out: no scripts, no forms, no way to this page.
              <iframe
                title={t('mail.frame')}
                sandbox=""
                srcDoc={mail.html}
                className={classes.mail}
                data-width={width}
              />
            )}
          </div>
        </div>
      )}
    </Stack>
  );
}

/** Whether what is shown is what was sent, byte for byte. */
function Proof({ mail }: { mail: Schemas['SentMailView'] }) {
  const { t } = useTranslation('deliveries');
  const { identical } = mail;
  const said =
    mail.subject === null
      ? t('mail.none')
      : identical === true
        ? t('mail.same')
        : identical === false
          ? t('mail.different')
          : t('mail.unsure');
  const Icon = identical === true ? ShieldCheck : ShieldQuestionMark;
  return (
    <Alert
      color={identical === true ? 'teal' : identical === false ? 'red' : 'gray'}
      icon={<Icon size={18} aria-hidden="true" />}
      title={said}
      styles={{ title: { color: 'var(--mantine-color-text)', fontSize: 'var(--mantine-font-size-md)' } }}
    >
      {mail.reason !== '' && identical !== true && <Text size="sm">{mail.reason}</Text>}
      {identical === true && (
        <Button
          component="a"
          href={`/delivery/${mail.delivery_id}/mail.eml`}
          download
          size="xs"
          variant="default"
          leftSection={<Download size={14} aria-hidden="true" />}
        >
          {t('mail.eml')}
        </Button>
      )}
    </Alert>
  );
}
