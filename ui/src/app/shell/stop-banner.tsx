import { useQuery } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { useZone } from '@/lib/zone';
import { sendingQuery } from './sending-query';
import classes from './stop-banner.module.css';

const StopDetail = lazy(() => import('./stop-detail'));

/** Says over every screen that somebody has stopped all sending: who, when, why, and what it holds back. */
export function StopBanner() {
  const { t } = useTranslation('shell');
  const format = useFormat();
  const zone = useZone();
  const { data: sending } = useQuery(sendingQuery);
  return (
    <>
      <div role="status">
        {sending?.stopped && (
          <div className={classes.banner}>
            <OctagonX size={20} aria-hidden="true" />
            <div className={classes.words}>
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
      {sending?.stopped && (
        <div className={classes.below}>
          <Suspense>
            <StopDetail />
          </Suspense>
        </div>
      )}
    </>
  );
}
