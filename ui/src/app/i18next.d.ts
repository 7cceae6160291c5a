import 'i18next';
import type automations from '../locales/en/automations.json';
import type common from '../locales/en/common.json';
import type editor from '../locales/en/editor.json';
import type problems from '../locales/en/problems.json';
import type shell from '../locales/en/shell.json';
import type signIn from '../locales/en/sign-in.json';
import type status from '../locales/en/status.json';
import type welcome from '../locales/en/welcome.json';
import type wizard from '../locales/en/wizard.json';

/** Every namespace: one line each, so that the compiler knows every key. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      automations: typeof automations;
      common: typeof common;
      editor: typeof editor;
      problems: typeof problems;
      shell: typeof shell;
      'sign-in': typeof signIn;
      status: typeof status;
      welcome: typeof welcome;
      wizard: typeof wizard;
    };
  }
}
