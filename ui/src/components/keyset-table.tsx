import { Button, Group, Skeleton, Table, Text } from '@mantine/core';
import { ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Keyset } from '@/lib/keyset';
import classes from './keyset-table.module.css';
import { ProblemAlert } from './problem-alert';

export interface Column<T> {
  key: string;
  header: ReactNode;
  render: (item: T) => ReactNode;
  align?: 'left' | 'right' | 'center';
  width?: string | number;
  /** Narrower windows than this leave the column out. */
  hiddenBelow?: 'sm' | 'md' | 'lg';
}

interface KeysetTableProps<T> {
  /** What the table is of, for screen readers. */
  label: string;
  keyset: Keyset<T>;
  columns: readonly Column<T>[];
  rowKey: (item: T) => string;
  /** What to draw where there is nothing: an `EmptyState`. */
  empty: ReactNode;
  /** A row that was clicked; give the row a link too, for the keyboard. */
  onRowClick?: (item: T) => void;
  /** Something beneath a row, across all columns; null for none. */
  below?: (item: T) => ReactNode;
}

/** A list of the API as a table, with the way to the next page and back. */
export function KeysetTable<T>(props: KeysetTableProps<T>) {
  const { label, keyset, columns, empty } = props;
  if (keyset.problem !== null) return <ProblemAlert error={keyset.problem} retry={keyset.reload} />;
  if (!keyset.isLoading && keyset.items.length === 0 && keyset.page === 1) return empty;
  return (
    <div className={classes.frame}>
      <Table.ScrollContainer
        minWidth={0}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': label, role: 'region' } }}
      >
        <Table
          highlightOnHover={props.onRowClick !== undefined}
          aria-label={label}
          aria-busy={keyset.isStale}
        >
          <Table.Thead className={classes.head}>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th
                  key={column.key}
                  ta={column.align ?? 'left'}
                  w={column.width}
                  visibleFrom={column.hiddenBelow}
                  scope="col"
                >
                  {column.header}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className={keyset.isStale ? classes.stale : undefined}>
            {keyset.isLoading ? <Waiting columns={columns} /> : <Rows {...props} />}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Pager keyset={keyset} />
    </div>
  );
}

function Rows<T>({ keyset, columns, rowKey, onRowClick, below }: KeysetTableProps<T>) {
  return keyset.items.flatMap((item) => {
    const beneath = below?.(item) ?? null;
    const key = rowKey(item);
    const row = (
      <Table.Tr
        key={key}
        className={onRowClick && classes.clickable}
        onClick={onRowClick && (() => onRowClick(item))}
      >
        {columns.map((column) => (
          <Table.Td key={column.key} ta={column.align ?? 'left'} visibleFrom={column.hiddenBelow}>
            {column.render(item)}
          </Table.Td>
        ))}
      </Table.Tr>
    );
    if (beneath === null) return [row];
    return [
      row,
      <Table.Tr key={`${key}/below`}>
        <Table.Td colSpan={columns.length}>{beneath}</Table.Td>
      </Table.Tr>,
    ];
  });
}

function Waiting<T>({ columns }: { columns: readonly Column<T>[] }) {
  return Array.from({ length: 6 }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: nothing tells the rows apart.
    <Table.Tr key={row} aria-hidden="true">
      {columns.map((column) => (
        <Table.Td key={column.key} visibleFrom={column.hiddenBelow}>
          <Skeleton height={14} my={4} />
        </Table.Td>
      ))}
    </Table.Tr>
  ));
}

/** Back, on, and to the beginning; nothing where all fits on one page. */
export function Pager<T>({ keyset }: { keyset: Keyset<T> }) {
  const { t } = useTranslation();
  const { goFirst, goNext, goPrevious, page } = keyset;
  if (goNext === undefined && goPrevious === undefined) return null;
  return (
    <Group
      component="nav"
      aria-label={t('pager.label')}
      className={classes.pager}
      gap="xs"
      justify="flex-end"
    >
      <Text size="sm" c="dimmed" mr="auto" className="tank-figures">
        {t('pager.page', { page })}
      </Text>
      <Button
        variant="default"
        size="xs"
        onClick={goFirst}
        disabled={goFirst === undefined}
        leftSection={<ChevronsLeft size={14} aria-hidden="true" />}
      >
        {t('pager.first')}
      </Button>
      <Button
        variant="default"
        size="xs"
        onClick={goPrevious}
        disabled={goPrevious === undefined}
        leftSection={<ChevronLeft size={14} aria-hidden="true" />}
      >
        {t('pager.previous')}
      </Button>
      <Button
        variant="default"
        size="xs"
        onClick={goNext}
        disabled={goNext === undefined}
        rightSection={<ChevronRight size={14} aria-hidden="true" />}
      >
        {t('pager.next')}
      </Button>
    </Group>
  );
}
