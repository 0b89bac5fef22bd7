/** Small pieces that several views are made of. */
import { html, type TemplateResult } from 'lit-html';
import type { ConnectorState } from '../../runtime/connect.ts';

/** A state as a word, with a colour for who sees it. */
export const badge = (state: ConnectorState | string): TemplateResult =>
  html`<span class="badge ${state.toLowerCase()}">${state}</span>`;

export const figure = (title: string, value: string, tone = ''): TemplateResult =>
  html`<div class="figure ${tone}"><dt>${title}</dt><dd>${value}</dd></div>`;

export const section = (title: string, content: unknown, note: unknown = ''): TemplateResult =>
  html`<section class="card"><header><h2>${title}</h2>${note}</header>${content}</section>`;
