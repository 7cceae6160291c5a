import '@mantine/charts/styles.layer.css';
import { BarChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import type { Summary } from './dashboard-queries';

/** The colours of `ShareBar`. */
const SERIES = [
  { status: 'SENT', name: 'sent', color: '#12a37c' },
  { status: 'FAIL', name: 'fail', color: '#e5484d' },
  { status: 'SKIPPED', name: 'skipped', color: '#e8a200' },
  { status: 'UNKNOWN', name: 'unknown', color: '#a94fc4' },
] as const;

/** Days as stacked bars, and as a table for whoever does not see them. */
export default function OutcomesChart({ days }: { days: Summary['days'] }) {
  const { t } = useTranslation('dashboard');
  const { t: ofStatus } = useTranslation('status');
  const format = useFormat();
  const series = SERIES.map(({ status, name, color }) => ({
    name,
    color,
    label: ofStatus(`delivery.${status}`),
  }));
  return (
    <>
      <div aria-hidden="true">
        <BarChart
          h={220}
          data={days.map(({ day, totals }) => ({ day: shortDay(day), ...totals }))}
          dataKey="day"
          type="stacked"
          series={series}
          tickLine="none"
          gridAxis="x"
          valueFormatter={(value) => format.number(value)}
          yAxisProps={{ tickFormatter: (value: number) => format.compact(value), width: 44 }}
          barProps={{ maxBarSize: 36, isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <VisuallyHidden>
        <table>
          <caption>{t('outcomes.chart')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('outcomes.day')}</th>
              {series.map(({ name, label }) => (
                <th key={name} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, totals }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                {series.map(({ name }) => (
                  <td key={name}>{format.number(totals[name])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}

/** 11/25 of 2026-11-25: read alike in both languages. */
function shortDay(day: string): string {
  return day.slice(5).replace('-', '/');
}
