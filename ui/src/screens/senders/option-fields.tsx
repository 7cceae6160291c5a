import { NumberInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SecretInput } from '@/components/secret-input';
import classes from './option-fields.module.css';
import { OPTIONS, type OptionValue, type OptionValues, type SenderKind } from './options';

interface OptionFieldsProps {
  kind: SenderKind;
  options: OptionValues;
  changeOption: (name: string, value: OptionValue) => void;
  secrets: Record<string, string>;
  changeSecret: (name: string, value: string | undefined) => void;
  secretsSet: readonly string[];
}

/** What a kind of sender can be told: first what most need, the rest behind a fold. */
export function OptionFields(props: OptionFieldsProps) {
  const { t } = useTranslation('senders');
  const names = Object.entries(OPTIONS[props.kind]);
  return (
    <>
      {names.map(([name, rule]) => !rule.isRare && <Field key={name} name={name} {...props} />)}
      <details className={classes.details}>
        <summary>{t('rare')}</summary>
        <Stack gap="md" mt="sm">
          {names.map(([name, rule]) => rule.isRare && <Field key={name} name={name} {...props} />)}
        </Stack>
      </details>
    </>
  );
}

function Field({
  name,
  kind,
  options,
  changeOption,
  secrets,
  changeSecret,
  secretsSet,
}: OptionFieldsProps & { name: string }) {
  const { t } = useTranslation('senders');
  const rule = OPTIONS[kind][name];
  if (rule === undefined) return null;
  const label = t(`options.${name}.label` as 'options.host.label');
  const description = t(`options.${name}.text` as 'options.host.text');
  const value = options[name];
  if (rule.kind === 'secret') {
    return (
      <SecretInput
        label={label}
        description={description}
        isSet={secretsSet.includes(name)}
        value={secrets[name]}
        onChange={(secret) => changeSecret(name, secret)}
      />
    );
  }
  if (rule.kind === 'flag') {
    return (
      <Switch
        label={label}
        description={description}
        checked={(value ?? rule.usual) === true}
        onChange={(event) => changeOption(name, event.currentTarget.checked)}
      />
    );
  }
  if (rule.kind === 'number') {
    return (
      <NumberInput
        label={label}
        description={description}
        placeholder={rule.usual === undefined ? undefined : String(rule.usual)}
        value={typeof value === 'number' ? value : ''}
        onChange={(number) => changeOption(name, number === '' ? '' : Number(number))}
        min={rule.least}
        max={rule.most}
        hideControls
      />
    );
  }
  if (rule.choices !== undefined) {
    return (
      <Select
        label={label}
        description={description}
        value={String(value ?? rule.usual ?? '')}
        onChange={(choice) => changeOption(name, choice ?? '')}
        data={rule.choices.map((choice) => ({
          value: choice,
          label: t(`choices.${choice}` as 'choices.tls'),
        }))}
      />
    );
  }
  return (
    <TextInput
      label={label}
      description={description}
      value={String(value ?? '')}
      onChange={(event) => changeOption(name, event.currentTarget.value)}
      required={rule.isRequired === true}
      withAsterisk={false}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}
