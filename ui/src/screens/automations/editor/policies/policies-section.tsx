import { useSaveKey } from '../use-part';
import { GeneralCard, useGeneralPart } from './general-card';
import { PoliciesCard, usePoliciesPart } from './policies-card';

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
      <GeneralCard part={general} />
    </>
  );
}
