import { createContext, useContext } from 'react';
import type { AutomationDetail, Definition } from '../actions';

export type FullDefinition = Required<Definition>;

export interface EditedAutomation extends AutomationDetail {
  draft: FullDefinition;
}

const EMPTY: Pick<FullDefinition, 'dbio' | 'columns' | 'template' | 'envelope' | 'policies'> = {
  dbio: {
    connection: '',
    write_connection: '',
    target_query: '',
    mapping_query: '',
    update_query: '',
    allow_unparsed_sql: false,
  },
  columns: { email: '', key: [], name: '', equal_addresses: 'allow' },
  template: { subject: '', html: '', text: '', inline_images: [] },
  envelope: {
    sender: '',
    from_email: '',
    from_name: '',
    reply_to: '',
    unsubscribe_url: '',
    unsubscribe_mailto: '',
    headers: [],
  },
  policies: {
    missing_file: 'SKIP_ROW',
    check_files_first: false,
    once_per_hours: null,
    max_recipients: 2_000_000,
    drift_limit_percent: 50,
    breaker_threshold: 20,
    fail_paused_after_hours: 72,
    update_repeatable: false,
    update_marker: false,
  },
};

/** An automation whose draft has every part. */
export function edited(automation: AutomationDetail): EditedAutomation {
  return { ...automation, draft: { ...EMPTY, ...automation.draft } };
}

export const AutomationContext = createContext<EditedAutomation | null>(null);

/** The automation that the editor shows. */
export function useEdited(): EditedAutomation {
  const automation = useContext(AutomationContext);
  if (automation === null) throw new Error('outside of the editor');
  return automation;
}
