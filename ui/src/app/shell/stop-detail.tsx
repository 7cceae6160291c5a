import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { announce } from '@/components/announcer';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { useMay } from '../session';
import { InFlight } from './in-flight';
import classes from './stop-banner.module.css';

/** What the stop holds back, and the way to go on; loaded when there is a stop. */
export default function StopDetail() {
  const { t } = useTranslation('shell');
  const client = useQueryClient();
  const mayOperate = useMay('operator');
  const [isAsking, setIsAsking] = useState(false);
  const resume = async () => {
    client.setQueryData(keys.sending.all, await data(api.POST('/sending/resume')));
    void client.invalidateQueries({ queryKey: keys.run.all });
    announce(t('stop.resumed'));
  };
  return (
    <>
      <span className={classes.flight}>
        <InFlight />
      </span>
      {mayOperate && (
        <Button
          size="xs"
          variant="white"
          color="red.9"
          className={classes.resume}
          leftSection={<Play size={14} aria-hidden="true" />}
          onClick={() => setIsAsking(true)}
        >
          {t('stop.resume')}
        </Button>
      )}
      {isAsking && (
        <ConfirmDialog
          title={t('stop.resumeTitle')}
          verb={t('stop.resume')}
          act={resume}
          close={() => setIsAsking(false)}
        >
          {t('stop.resumeText')}
        </ConfirmDialog>
      )}
    </>
  );
}
