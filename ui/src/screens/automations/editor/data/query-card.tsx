import { Badge, Checkbox, Group, Text } from '@mantine/core';
import { Check, TriangleAlert } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { CodeEditor } from '../code/code-editor';
import { PartBar } from '../part-bar';
import { Beside, Section } from '../section';
import type { Part } from '../use-part';
import type { QueryKind, Shape } from '../use-words';
import type { QueryText, TargetValue } from './query-parts';
import { QueryProblem } from './query-problem';
import { bindsOf } from './query-text';
import { SampleTable } from './sample-table';

const RowChooser = lazy(async () => ({ default: (await import('./row-chooser')).RowChooser }));

interface QueryCardProps<T extends QueryText> {
  kind: QueryKind | 'update';
  part: Part<T>;
  title: string;
  text: string;
  /** Names that the query may bind. */
  known: readonly string[];
  above?: ReactNode;
  shape: Shape | null;
}

const EXAMPLES = {
  target: "SELECT CUST_ID, NAME, EMAIL\n  FROM CUSTOMER\n WHERE ACTIVE = 'Y'",
  mapping: 'SELECT ITEM, AMOUNT\n  FROM ORDERS\n WHERE CUST_ID = :CUST_ID',
  update: "UPDATE SEND_RESULT\n   SET SENT_YN = 'Y', SENT_AT = :tank_sent_at\n WHERE CUST_ID = :CUST_ID",
} as const;

/** One query: its text, and beside it what the database says of it. */
export function QueryCard<T extends QueryText>({
  kind,
  part,
  title,
  text,
  known,
  above,
  shape,
}: QueryCardProps<T>) {
  const { t } = useTranslation('editor');
  const isOperator = useMay('operator');
  const words = useMemo(
    () => ({ binds: known.map((label) => ({ label })), columns: known.map((label) => ({ label })) }),
    [known],
  );
  const position = part.problem?.fields.find((one) => one.position != null)?.position ?? null;
  const marks = useMemo(
    () => (position === null ? [] : [{ position, message: part.problem?.detail ?? '' }]),
    [position, part.problem],
  );
  const canTest = part.value.query.trim() !== '' || part.isDirty;
  return (
    <Section title={title} text={text}>
      {above}
      <Beside
        left={
          <>
            <CodeEditor
              label={t('data.sqlOf', { query: title })}
              hidesLabel
              language="sql"
              value={part.value.query}
              onChange={(query) => part.set({ ...part.value, query })}
              words={words}
              marks={marks}
              isReadOnly={!isOperator}
              minHeight={150}
              placeholder={EXAMPLES[kind]}
            />
            {kind === 'target' && <Unparsed part={part as unknown as Part<TargetValue>} />}
            <PartBar part={part} verb={t('data.test')} canAlways={canTest} texts={textsOf} withoutProblem />
          </>
        }
        right={
          <>
            {part.problem !== null && <QueryProblem problem={part.problem} sql={part.value.query} />}
            <Binds sql={part.value.query} known={known} kind={kind} />
            {kind === 'update' ? <UpdateSaid shape={shape} /> : <Rows kind={kind} shape={shape} />}
          </>
        }
      />
    </Section>
  );
}

const textsOf = (value: QueryText) => ({ SQL: value.query });

/** Valid SQL that the lint cannot read is let through by whoever says so; it is recorded. */
function Unparsed({ part }: { part: Part<TargetValue> }) {
  const { t } = useTranslation('editor');
  const isOffered = part.value.allow_unparsed_sql || part.problem?.code === 'unsafe_sql';
  if (!isOffered) return null;
  return (
    <Checkbox
      mt="xs"
      label={t('data.unparsed')}
      description={t('data.unparsedHint')}
      checked={part.value.allow_unparsed_sql}
      onChange={(event) => part.set({ ...part.value, allow_unparsed_sql: event.currentTarget.checked })}
    />
  );
}

function Binds({ sql, known, kind }: { sql: string; known: readonly string[]; kind: QueryKind | 'update' }) {
  const { t } = useTranslation('editor');
  const binds = useMemo(() => bindsOf(sql), [sql]);
  const folded = useMemo(() => new Set(known.map((name) => name.toLowerCase())), [known]);
  if (binds.length === 0) return null;
  return (
    <Group gap={6} mb="sm" role="list" aria-label={t('data.binds')}>
      <Text size="sm" c="dimmed" aria-hidden="true">
        {t('data.binds')}
      </Text>
      {binds.map((bind) => {
        const isKnown = folded.has(bind.toLowerCase());
        return (
          <Badge
            key={bind}
            role="listitem"
            color={isKnown ? 'teal' : kind === 'target' || known.length > 0 ? 'red' : 'gray'}
            className="tank-status"
            data-tone={isKnown ? 'good' : 'bad'}
            leftSection={
              isKnown ? (
                <Check size={12} aria-hidden="true" />
              ) : (
                <TriangleAlert size={12} aria-hidden="true" />
              )
            }
          >
            :{bind} {isKnown ? '' : t('data.unknownBind')}
          </Badge>
        );
      })}
    </Group>
  );
}

function UpdateSaid({ shape }: { shape: Shape | null }) {
  const { t } = useTranslation('editor');
  return (
    <Text c="dimmed" size="sm">
      {shape === null ? t('data.update.untested') : t('data.update.tested')}
    </Text>
  );
}

function Rows({ kind, shape }: { kind: QueryKind; shape: Shape | null }) {
  const [row, setRow] = useState(1);
  return (
    <SampleTable
      kind={kind}
      shape={shape}
      rowNumber={row}
      chooser={
        kind === 'mapping' && (
          <Suspense>
            <RowChooser row={row} onChange={setRow} />
          </Suspense>
        )
      }
    />
  );
}
