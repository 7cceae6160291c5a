import 'i18next';
import type causes from '../locales/en/causes.json';
import type common from '../locales/en/common.json';
import type customers from '../locales/en/customers.json';
import type dashboard from '../locales/en/dashboard.json';
import type deliveries from '../locales/en/deliveries.json';
import type problems from '../locales/en/problems.json';
import type runs from '../locales/en/runs.json';
import type shell from '../locales/en/shell.json';
import type signIn from '../locales/en/sign-in.json';
import type status from '../locales/en/status.json';
import type welcome from '../locales/en/welcome.json';

/** Every namespace: one line each, so that the compiler knows every key. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      causes: typeof causes;
      common: typeof common;
      customers: typeof customers;
      dashboard: typeof dashboard;
      deliveries: typeof deliveries;
      problems: typeof problems;
      runs: typeof runs;
      shell: typeof shell;
      'sign-in': typeof signIn;
      status: typeof status;
      welcome: typeof welcome;
    };
  }
}
