import { Button } from '@mantine/core';
import { ArrowRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '@/components/links';
import classes from './wizard.module.css';

interface FootProps {
  id: string;
  /** Where the editor has what this step asks. */
  section: 'data' | 'mail' | 'try';
  /** The verb; left out, there is nothing further to do here. */
  verb?: string;
  onNext?: () => void;
  isBusy?: boolean;
  isReady?: boolean;
}

/** On to the next step, or out into the editor. */
export function Foot({ id, section, verb, onNext, isBusy = false, isReady = true }: FootProps) {
  const { t } = useTranslation('wizard');
  return (
    <div className={classes.foot}>
      <AnchorLink to={`/automations/$id/${section}`} params={{ id }} className={classes.skip} size="sm">
        {t('skip')}
      </AnchorLink>
      {verb !== undefined && (
        <Button
          onClick={onNext}
          loading={isBusy}
          disabled={!isReady}
          rightSection={<ArrowRight size={16} aria-hidden="true" />}
        >
          {verb}
        </Button>
      )}
    </div>
  );
}
