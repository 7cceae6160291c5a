import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useLanguage } from '@/app/i18n';
import { useEdited } from '../editor/automation-context';
import { EnvelopeCard } from '../editor/mail/envelope-card';
import { useEnvelopePart, useTemplatePart } from '../editor/mail/mail-parts';
import { TemplateCard } from '../editor/mail/template-card';
import { useSaveKey } from '../editor/use-part';
import { useColumns } from '../editor/use-words';
import { exampleTemplate } from './examples';
import { Foot } from './foot';
import { useSibling } from './use-sibling';

/** What the mail says, and who it is from: ready to be sent, and to be changed. */
export function MailStep() {
  const { t } = useTranslation('wizard');
  const navigate = useNavigate();
  const language = useLanguage();
  const { id, draft } = useEdited();
  const template = useTemplatePart();
  const envelope = useEnvelopePart();
  const names = useColumns('target');
  const sibling = useSibling(draft.dbio.connection, id);
  const senders = useQuery({
    queryKey: keys.sender.list(),
    queryFn: ({ signal }) => data(api.GET('/sender', { signal })),
  });
  const [isBusy, setBusy] = useState(false);

  const hasText = template.value.subject !== '' || template.value.html !== '' || template.value.text !== '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: an example is put in once, where nothing is.
  useEffect(() => {
    if (!hasText && !template.isDirty && names.length > 0)
      template.set(exampleTemplate(names, draft.columns, language));
  }, [hasText, names.join()]);

  const isFromSomebody = envelope.value.sender !== '' || envelope.value.from_email !== '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => {
    if (isFromSomebody || envelope.isDirty || sibling === undefined || senders.data === undefined) return;
    const first = senders.data.find(({ kind }) => kind === 'outbox') ?? senders.data[0];
    if (sibling !== null && sibling.draft.envelope.from_email !== '') envelope.set(sibling.draft.envelope);
    else if (first !== undefined)
      envelope.set({
        ...envelope.value,
        sender: first.name,
        // The outbox takes any address; another sender knows only its own.
        from_email: first.kind === 'outbox' ? 'hello@example.com' : '',
      });
  }, [isFromSomebody, sibling, senders.data]);

  const save = async () => {
    setBusy(true);
    let isSaved = !template.isDirty || (await template.save()) !== null;
    if (isSaved) isSaved = !envelope.isDirty || (await envelope.save()) !== null;
    setBusy(false);
    return isSaved;
  };
  const goOn = async () => {
    if (await save()) await navigate({ to: '/automations/new', search: { id, step: 'send' } });
  };
  useSaveKey(() => void save());

  return (
    <>
      <TemplateCard part={template} envelope={envelope.value} />
      <EnvelopeCard part={envelope} />
      <Foot
        id={id}
        section="mail"
        verb={t('next')}
        onNext={() => void goOn()}
        isBusy={isBusy}
        isReady={
          hasText &&
          template.value.subject !== '' &&
          envelope.value.sender !== '' &&
          envelope.value.from_email !== ''
        }
      />
    </>
  );
}
