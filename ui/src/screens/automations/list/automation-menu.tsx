import { ActionIcon, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Copy, Download, Ellipsis, Pencil, Play, Power, PowerOff, Trash2 } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { notifyDone } from '@/components/notify';
import { type Automation, useAutomationActions } from '../actions';
import type { Go } from './go-dialog';
import { ConfirmDialog, GoDialog, NameDialog } from './lazy';

interface AutomationMenuProps {
  automation: Automation;
  /** After it was deleted. */
  onDeleted?: () => void;
  /** Where buttons beside it run and enable. */
  isShort?: boolean;
}

/** What can be done with one automation. */
export function AutomationMenu({ automation, onDeleted, isShort = false }: AutomationMenuProps) {
  const { t } = useTranslation('automations');
  const navigate = useNavigate();
  const isOperator = useMay('operator');
  const actions = useAutomationActions();
  const [asking, setAsking] = useState<'rename' | 'duplicate' | 'delete' | Go | null>(null);
  const close = () => setAsking(null);
  const disabling = useMutation({
    mutationFn: () => actions.disable(automation.id),
    onSuccess: () => notifyDone(t('done.disabled', { name: automation.name })),
  });

  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon aria-label={t('menu.label', { name: automation.name })}>
            <Ellipsis size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isOperator && !isShort && (
            <Menu.Item
              leftSection={<Play size={16} aria-hidden="true" />}
              onClick={() => setAsking('run')}
              disabled={!automation.enabled}
            >
              {t('menu.run')}
            </Menu.Item>
          )}
          {isOperator && (!isShort || automation.enabled) && (
            <Menu.Item
              leftSection={
                automation.enabled ? (
                  <PowerOff size={16} aria-hidden="true" />
                ) : (
                  <Power size={16} aria-hidden="true" />
                )
              }
              onClick={() => (automation.enabled ? disabling.mutate() : setAsking('enable'))}
            >
              {automation.enabled ? t('menu.disable') : t('menu.enable')}
            </Menu.Item>
          )}
          {isOperator && (
            <Menu.Item
              leftSection={<Pencil size={16} aria-hidden="true" />}
              onClick={() => setAsking('rename')}
            >
              {t('menu.rename')}
            </Menu.Item>
          )}
          {isOperator && (
            <Menu.Item
              leftSection={<Copy size={16} aria-hidden="true" />}
              onClick={() => setAsking('duplicate')}
            >
              {t('menu.duplicate')}
            </Menu.Item>
          )}
          <Menu.Item
            component="a"
            href={`/automation/${automation.id}/export`}
            download={`${automation.name}.yaml`}
            leftSection={<Download size={16} aria-hidden="true" />}
          >
            {t('menu.export')}
          </Menu.Item>
          {isOperator && (
            <>
              <Menu.Divider />
              <Menu.Item
                color="red.8"
                leftSection={<Trash2 size={16} aria-hidden="true" />}
                onClick={() => setAsking('delete')}
              >
                {t('menu.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {asking === 'rename' && (
          <NameDialog
            title={t('menu.rename')}
            verb={t('rename.verb')}
            name={automation.name}
            description={automation.description}
            withDescription
            act={(name, description) => actions.describe(automation.id, name, description)}
            close={close}
          />
        )}
        {asking === 'duplicate' && (
          <NameDialog
            title={t('menu.duplicate')}
            text={t('duplicate.text')}
            verb={t('duplicate.verb')}
            name={t('duplicate.name', { name: automation.name })}
            act={async (name) => {
              const made = await actions.duplicate(automation.id, name);
              notifyDone(t('done.duplicated', { name: made.name }));
              await navigate({ to: '/automations/$id', params: { id: made.id } });
            }}
            close={close}
          />
        )}
        {asking === 'delete' && (
          <ConfirmDialog
            title={t('delete.title', { name: automation.name })}
            verb={t('menu.delete')}
            isDangerous
            act={async () => {
              await actions.remove(automation.id);
              notifyDone(t('done.deleted', { name: automation.name }));
              onDeleted?.();
            }}
            close={close}
          >
            {t('delete.text')}
          </ConfirmDialog>
        )}
        {(asking === 'run' || asking === 'enable') && (
          <GoDialog go={asking} automation={automation} close={close} />
        )}
      </Suspense>
    </>
  );
}
