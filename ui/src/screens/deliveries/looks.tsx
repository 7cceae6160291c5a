import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import classes from './delivery.module.css';
import type { Story } from './delivery-queries';

/** Who was shown this recipient unmasked, newest first. */
export function Looks({ looks }: { looks: Story['looks'] }) {
  const { t } = useTranslation('deliveries');
  if (looks.length === 0) return <Text c="dimmed">{t('looks.none')}</Text>;
  return looks.map((look) => (
    <div key={`${look.at}/${look.actor}`} className={classes.look}>
      <Text fw={550}>{look.actor}</Text>
      <Text size="sm" c="dimmed">
        <Time at={look.at} />
        {look.action === 'delivery.download' && ` · ${t('looks.download')}`}
      </Text>
      {look.reason !== '' && <Text size="sm">{look.reason}</Text>}
    </div>
  ));
}
