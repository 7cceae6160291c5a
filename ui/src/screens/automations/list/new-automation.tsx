import { Button, Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown, FilePlus2, FileUp, Plus, Sparkles } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { notifyDone } from '@/components/notify';
import { useAutomationActions } from '../actions';
import { ImportDialog, NameDialog } from './lazy';

/** The ways to a new automation: step by step, empty, or from a file. */
export function NewAutomation() {
  const { t } = useTranslation('automations');
  const navigate = useNavigate();
  const { create } = useAutomationActions();
  const [asking, setAsking] = useState<'empty' | 'import' | null>(null);
  const close = () => setAsking(null);
  const open = (id: string) => navigate({ to: '/automations/$id', params: { id } });
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button
            leftSection={<Plus size={16} aria-hidden="true" />}
            rightSection={<ChevronDown size={16} aria-hidden="true" />}
          >
            {t('new.button')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Sparkles size={16} aria-hidden="true" />}
            onClick={() => void navigate({ to: '/automations/new' })}
          >
            {t('new.guided')}
          </Menu.Item>
          <Menu.Item
            leftSection={<FilePlus2 size={16} aria-hidden="true" />}
            onClick={() => setAsking('empty')}
          >
            {t('new.empty')}
          </Menu.Item>
          <Menu.Item
            leftSection={<FileUp size={16} aria-hidden="true" />}
            onClick={() => setAsking('import')}
          >
            {t('new.import')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {asking === 'empty' && (
          <NameDialog
            title={t('new.empty')}
            text={t('new.emptyText')}
            verb={t('new.verb')}
            withDescription
            act={async (name, description) => {
              const made = await create(name, description);
              await open(made.id);
            }}
            close={close}
          />
        )}
        {asking === 'import' && (
          <ImportDialog
            done={({ automation }) => {
              notifyDone(t('done.imported', { name: automation.name }));
              void open(automation.id);
            }}
            close={close}
          />
        )}
      </Suspense>
    </>
  );
}
