import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useSaveKey } from '../use-part';
import { useGeneralPart } from './general-part';
import { PoliciesCard, usePoliciesPart } from './policies-card';

const GeneralCard = lazy(async () => ({ default: (await import('./general-card')).GeneralCard }));

/** What a run does when things are not as they should be, and what the mail is for. */
export function PoliciesSection() {
  const policies = usePoliciesPart();
  const general = useGeneralPart();
  useSaveKey(() => {
    void (async () => {
      if (policies.isDirty) await policies.save();
      if (general.isDirty) await general.save();
    })();
  });
  return (
    <>
      <PoliciesCard part={policies} />
      <Suspense fallback={<Skeleton height={300} />}>
        <GeneralCard part={general} />
      </Suspense>
    </>
  );
}
