import { Button, Menu } from '@mantine/core';
import { ChevronDown, Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type ReportFilter, useDownload } from './use-report';

/** The report to take away. */
export default function Downloads({ filter }: { filter: ReportFilter }) {
  const { t } = useTranslation('reports');
  const download = useDownload(filter);
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<Download size={16} aria-hidden="true" />}
          rightSection={<ChevronDown size={14} aria-hidden="true" />}
        >
          {t('download.title')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['xlsx', 'csv'] as const).map((ending) =>
          (['day', 'automation', 'error'] as const).map((lines) => (
            <Menu.Item key={ending + lines} component="a" href={download(ending, lines)} download>
              {t(`download.${ending}`, { by: t(`parts.${lines}`) })}
            </Menu.Item>
          )),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
