import { useQuery } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useFormat } from '@/lib/format';
import { useZone } from '@/lib/zone';
import classes from './stop-banner.module.css';

const LOOKED_AT_MS = 4_000;

/** Says over every screen that somebody has stopped all sending, who, when and why. */
export function StopBanner() {
  const { t } = useTranslation('shell');
  const format = useFormat();
  const zone = useZone();
  const { data: sending } = useQuery({
    queryKey: keys.sending.all,
    queryFn: ({ signal }) => data(api.GET('/sending', { signal })),
    refetchInterval: LOOKED_AT_MS,
  });
  return (
    <div role="status">
      {sending?.stopped && (
        <div className={classes.banner}>
          <OctagonX size={20} aria-hidden="true" />
          <div>
            <strong>{t('stopped.title')}</strong>
            <span className={classes.detail}>
              {t('stopped.by', { who: sending.by, reason: sending.reason })}
              {sending.at && (
                <>
                  {' · '}
                  <time dateTime={sending.at}>{format.time(sending.at, zone)}</time>
                </>
              )}
            </span>
          </div>
        </div>
      )}
    </div>
  );
}
