import 'i18next';
import type account from '../locales/en/account.json';
import type audit from '../locales/en/audit.json';
import type automations from '../locales/en/automations.json';
import type causes from '../locales/en/causes.json';
import type common from '../locales/en/common.json';
import type connections from '../locales/en/connections.json';
import type customers from '../locales/en/customers.json';
import type dashboard from '../locales/en/dashboard.json';
import type deliveries from '../locales/en/deliveries.json';
import type editor from '../locales/en/editor.json';
import type outbox from '../locales/en/outbox.json';
import type people from '../locales/en/people.json';
import type problems from '../locales/en/problems.json';
import type reports from '../locales/en/reports.json';
import type roles from '../locales/en/roles.json';
import type runs from '../locales/en/runs.json';
import type secret from '../locales/en/secret.json';
import type senders from '../locales/en/senders.json';
import type settings from '../locales/en/settings.json';
import type shell from '../locales/en/shell.json';
import type signIn from '../locales/en/sign-in.json';
import type status from '../locales/en/status.json';
import type systemErrors from '../locales/en/system-errors.json';
import type welcome from '../locales/en/welcome.json';
import type wizard from '../locales/en/wizard.json';

/** Every namespace: one line each, so that the compiler knows every key. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      account: typeof account;
      audit: typeof audit;
      automations: typeof automations;
      causes: typeof causes;
      common: typeof common;
      connections: typeof connections;
      customers: typeof customers;
      dashboard: typeof dashboard;
      deliveries: typeof deliveries;
      editor: typeof editor;
      outbox: typeof outbox;
      people: typeof people;
      problems: typeof problems;
      reports: typeof reports;
      roles: typeof roles;
      runs: typeof runs;
      secret: typeof secret;
      senders: typeof senders;
      settings: typeof settings;
      shell: typeof shell;
      'sign-in': typeof signIn;
      status: typeof status;
      'system-errors': typeof systemErrors;
      welcome: typeof welcome;
      wizard: typeof wizard;
    };
  }
}
