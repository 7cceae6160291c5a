import { useTranslation } from 'react-i18next';

/** The nouns that actions begin with, as the filter offers them. */
export const NOUNS = [
  'automation',
  'schedule',
  'job',
  'run',
  'delivery',
  'sending',
  'connection',
  'sender',
  'setting',
  'calendar',
  'account',
  'token',
  'session',
  'system_error',
] as const;

/** `automation.publish` in words; an action that is new to us keeps its code. */
export function useActionName(): (action: string) => string {
  const { t } = useTranslation('audit');
  return (action) =>
    t(`actions.${action.replace('.', '_')}` as 'actions.run_pause', { defaultValue: action });
}
