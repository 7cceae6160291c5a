import { Button, Group, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './delivery.module.css';
import type { Story } from './delivery-queries';

const FIRST_ROWS = 20;

type Row = Story['mapping'][number];

/** The data that the mail was made from: the target row and the mapping rows. */
export function SourceRows({ story }: { story: Story }) {
  const { t } = useTranslation('deliveries');
  return (
    <>
      <section aria-labelledby="source-row">
        <Title order={2} id="source-row" mb="xs">
          {t('sections.source')}
        </Title>
        {story.target === null ? (
          <Text c="dimmed">{t('source.purged')}</Text>
        ) : (
          <>
            <div className={classes.frame}>
              <Table aria-labelledby="source-row" layout="fixed">
                <Table.Tbody>
                  {Object.entries(story.target).map(([name, value]) => (
                    <Table.Tr key={name}>
                      <Table.Th scope="row" className={classes.columnName}>
                        {name}
                      </Table.Th>
                      <Table.Td>
                        <Value value={value} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
            {!story.revealed && (
              <Text c="dimmed" size="sm" mt={6}>
                {t('source.masked')}
              </Text>
            )}
          </>
        )}
      </section>
      {story.target !== null && <MappingRows rows={story.mapping} />}
    </>
  );
}

function MappingRows({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation('deliveries');
  const [isWhole, setIsWhole] = useState(false);
  const columns = Object.keys(rows[0] ?? {});
  const shown = isWhole ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <section aria-labelledby="mapping-rows">
      <Group gap="xs" mb="xs" align="baseline">
        <Title order={2} id="mapping-rows">
          {t('sections.mapping')}
        </Title>
        {rows.length > 0 && (
          <Text c="dimmed" size="sm">
            {t('mapping.count', { count: rows.length })}
          </Text>
        )}
      </Group>
      {rows.length === 0 ? (
        <Text c="dimmed">{t('mapping.none')}</Text>
      ) : (
        <div className={classes.frame}>
          <Table.ScrollContainer
            minWidth={columns.length * 110}
            scrollAreaProps={{
              viewportProps: { tabIndex: 0, 'aria-label': t('sections.mapping'), role: 'group' },
            }}
          >
            <Table aria-labelledby="mapping-rows">
              <Table.Thead>
                <Table.Tr>
                  {columns.map((column) => (
                    <Table.Th key={column} scope="col" className={classes.columnName}>
                      {column}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((row, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rows have no key of their own, and stay as they are.
                  <Table.Tr key={index}>
                    {columns.map((column) => (
                      <Table.Td key={column}>
                        <Value value={row[column] ?? null} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {shown.length < rows.length && (
            <Button variant="subtle" size="xs" m="xs" onClick={() => setIsWhole(true)}>
              {t('mapping.all', { count: rows.length })}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

function Value({ value }: { value: Row[string] }) {
  const { t } = useTranslation('deliveries');
  if (value === null || value === '') {
    return (
      <Text component="span" c="dimmed" size="sm">
        {t('source.empty')}
      </Text>
    );
  }
  return <span className={classes.value}>{String(value)}</span>;
}
