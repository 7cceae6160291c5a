import { Button, Skeleton, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import classes from './outbox.module.css';
import type { OutboxMail } from './use-outbox';

interface MailListProps {
  mails: readonly OutboxMail[];
  openId: string | undefined;
  isLoading: boolean;
  isLoadingMore: boolean;
  more: (() => void) | undefined;
}

/** The left side: whom, what, when. */
export function MailList({ mails, openId, isLoading, isLoadingMore, more }: MailListProps) {
  const { t } = useTranslation('outbox');
  return (
    <>
      <ul className={classes.list} aria-label={t('list')}>
        {isLoading ? (
          <Waiting />
        ) : (
          mails.map((mail) => <Row key={mail.message_id} mail={mail} openId={openId} />)
        )}
      </ul>
      {more !== undefined && (
        <Button variant="subtle" fullWidth onClick={more} loading={isLoadingMore} className={classes.more}>
          {t('more')}
        </Button>
      )}
    </>
  );
}

function Row({ mail, openId }: { mail: OutboxMail; openId: string | undefined }) {
  const format = useFormat();
  return (
    <li>
      <Link
        to="/outbox"
        search={(before) => ({ ...before, mail: mail.message_id })}
        className={classes.row}
        aria-current={mail.message_id === openId || undefined}
        data-mail={mail.message_id}
        resetScroll={false}
      >
        <span className={classes.line}>
          <span className={classes.to}>{mail.rcpt_to}</span>
          <Text component="span" size="xs" c="dimmed" className="tank-figures">
            <Time at={mail.at} style="relative" />
          </Text>
        </span>
        <span className={classes.line}>
          <span className={classes.subject}>{mail.subject}</span>
          <Text component="span" size="xs" c="dimmed" className={classes.size}>
            {format.bytes(mail.size)}
          </Text>
        </span>
      </Link>
    </li>
  );
}

function Waiting() {
  return Array.from({ length: 8 }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: nothing tells the rows apart.
    <li key={row} className={classes.waiting} aria-hidden="true">
      <Skeleton height={14} width="70%" />
      <Skeleton height={12} width="90%" mt={8} />
    </li>
  ));
}
