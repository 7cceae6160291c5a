import { Tabs } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemField } from '@/api/problem';
import { useMay } from '@/app/session';
import { CodeEditor } from '../code/code-editor';
import type { Mark } from '../code/marks';
import { PartBar } from '../part-bar';
import { Beside, Section } from '../section';
import type { Part } from '../use-part';
import { useTemplateWords } from '../use-words';
import { InlineImages } from './inline-images';
import type { Envelope, Template } from './mail-parts';
import { PreviewPane } from './preview-pane';
import { TemplateProblems } from './template-problems';
import { usePreview, type Whose } from './use-preview';
import { VariableList } from './variable-list';

interface TemplateCardProps {
  part: Part<Template>;
  envelope: Envelope;
}

/** Subject, HTML and text; beside them the mail as a recipient sees it. */
export function TemplateCard({ part, envelope }: TemplateCardProps) {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const words = useTemplateWords();
  const [whose, setWhose] = useState<Whose>({ kind: 'row', row: 1 });
  const [slow] = useDebouncedValue(whose, 300);
  const preview = usePreview(part.value, slow);
  const { value, set } = part;
  const problems = useMemo(
    () => [
      ...new Map(
        [...(part.problem?.fields ?? []), ...preview.problems].map((one) => [keyOf(one), one]),
      ).values(),
    ],
    [part.problem, preview.problems],
  );
  const marks = useMemo(() => byField(problems), [problems]);
  return (
    <Section title={t('mail.title')} text={t('mail.text')}>
      <Beside
        left={
          <>
            <CodeEditor
              label={t('mail.subject')}
              language="text"
              isSingleLine
              required
              value={value.subject}
              onChange={(subject) => set({ ...value, subject })}
              words={words}
              marks={marks['template.subject'] ?? NONE}
              isReadOnly={isReadOnly}
              placeholder={t('mail.subjectExample')}
            />
            <Tabs defaultValue="html" keepMounted={false} mt="sm">
              <Tabs.List aria-label={t('mail.body')}>
                <Tabs.Tab value="html">HTML</Tabs.Tab>
                <Tabs.Tab value="text">{t('mail.plain')}</Tabs.Tab>
                <Tabs.Tab value="images">
                  {t('mail.images.tab', { count: value.inline_images.length })}
                </Tabs.Tab>
                <Tabs.Tab value="variables">{t('mail.variables')}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="html" pt="sm">
                <CodeEditor
                  label={t('mail.html')}
                  hidesLabel
                  language="html"
                  value={value.html}
                  onChange={(html) => set({ ...value, html })}
                  words={words}
                  marks={marks['template.html'] ?? NONE}
                  isReadOnly={isReadOnly}
                  minHeight={420}
                  maxHeight={620}
                  placeholder={t('mail.htmlExample')}
                />
              </Tabs.Panel>
              <Tabs.Panel value="text" pt="sm">
                <CodeEditor
                  label={t('mail.plain')}
                  hidesLabel
                  description={t('mail.plainHint')}
                  language="text"
                  value={value.text}
                  onChange={(text) => set({ ...value, text })}
                  words={words}
                  marks={marks['template.text'] ?? NONE}
                  isReadOnly={isReadOnly}
                  minHeight={420}
                  maxHeight={620}
                />
              </Tabs.Panel>
              <Tabs.Panel value="images" pt="sm">
                <InlineImages
                  images={value.inline_images}
                  onChange={(inline_images) => set({ ...value, inline_images })}
                  isReadOnly={isReadOnly}
                />
              </Tabs.Panel>
              <Tabs.Panel value="variables" pt="sm">
                <VariableList words={words} />
              </Tabs.Panel>
            </Tabs>
            <TemplateProblems problems={problems} />
            <PartBar part={part} texts={textsOf} withoutProblem={(part.problem?.fields.length ?? 0) > 0} />
          </>
        }
        right={<PreviewPane preview={preview} envelope={envelope} whose={whose} setWhose={setWhose} />}
      />
    </Section>
  );
}

const NONE: readonly Mark[] = [];
const keyOf = (one: ProblemField) => `${one.field}/${one.line ?? ''}/${one.message}`;

function byField(problems: readonly ProblemField[]): Record<string, Mark[]> {
  const found: Record<string, Mark[]> = {};
  for (const { field, message, line, position } of problems) {
    found[field] = [...(found[field] ?? []), { message, line: line ?? null, position: position ?? null }];
  }
  return found;
}

function textsOf(value: Template): Record<string, string> {
  const { subject, html, text, inline_images } = value;
  return { Subject: subject, HTML: html, Text: text, Images: JSON.stringify(inline_images, null, 2) };
}
