/**
 * What WhatsApp itself writes into an export, per language. Compared without direction marks and without regard to case.
 * (English, German, Spanish, French, Portuguese, Italian, Dutch; samples of the parsers of Pustur and chat-miner.)
 */

/** in `<attached: name>`, `name <attached>` (iOS) and `name (file attached)` (Android) */
export const attachedWords = [
  'attached',
  'file attached',
  'angehängt',
  'Datei angehängt',
  'adjunto',
  'archivo adjunto',
  'pièce jointe',
  'joint',
  'fichier joint',
  'anexado',
  'anexo',
  'arquivo anexado',
  'ficheiro anexado',
  'allegato',
  'file allegato',
  'bijgevoegd',
  'bestand bijgevoegd',
];

/** Android, in angle brackets */
export const omittedAnything = [
  'Media omitted',
  'Medien ausgelassen',
  'Medien weggelassen',
  'Médias omis',
  'Archivo omitido',
  'Multimedia omitido',
  'Mídia oculta',
  'Mídia omitida',
  'Arquivo de mídia oculto',
  'Ficheiro não revelado',
  'Media omessi',
  'Media weggelaten',
];

/** iOS, by the kind of file */
export const omittedKinds: readonly (readonly [type: string, words: readonly string[]])[] = [
  [
    'image',
    [
      'image omitted',
      'Bild weggelassen',
      'imagen omitida',
      'image absente',
      'imagem ocultada',
      'imagem omitida',
      'immagine omessa',
      'afbeelding weggelaten',
    ],
  ],
  [
    'video',
    [
      'video omitted',
      'video note omitted',
      'Video weggelassen',
      'video omitido',
      'vidéo absente',
      'vídeo omitido',
      'vídeo ocultado',
      'video omesso',
      'video weggelaten',
      'GIF omitted',
      'GIF weggelassen',
      'GIF omitido',
      'GIF retiré',
      'GIF esclusa',
      'GIF weggelaten',
    ],
  ],
  [
    'audio',
    [
      'audio omitted',
      'Audio weggelassen',
      'audio omitido',
      'audio omis',
      'áudio omitido',
      'áudio ocultado',
      'audio omesso',
      'audio weggelaten',
    ],
  ],
  [
    'sticker',
    [
      'sticker omitted',
      'Sticker weggelassen',
      'sticker omitido',
      'sticker omis',
      'figurinha omitida',
      'sticker non incluso',
      'sticker weggelaten',
    ],
  ],
  [
    'document',
    [
      'document omitted',
      'Dokument weggelassen',
      'documento omitido',
      'document manquant',
      'documento omesso',
      'document weggelaten',
    ],
  ],
  [
    'contacts',
    [
      'Contact card omitted',
      'Kontaktkarte ausgelassen',
      'Tarjeta de contacto omitida',
      'Fiche contact manquante',
      'Cartão do contato omitido',
      'Scheda contatto omessa',
      'Contactkaart weggelaten',
    ],
  ],
];

/** in angle brackets at the end of a text */
export const editedWords = [
  'This message was edited',
  'Diese Nachricht wurde bearbeitet',
  'Se editó este mensaje',
  'Ce message a été modifié',
  'Mensagem editada',
  'Esta mensagem foi editada',
  'Questo messaggio è stato modificato',
  'Dit bericht is bewerkt',
];

/** the whole text, with or without a full stop */
export const deletedTexts = [
  'This message was deleted',
  'You deleted this message',
  'You deleted this message as admin',
  'Diese Nachricht wurde gelöscht',
  'Du hast diese Nachricht gelöscht',
  'Se eliminó este mensaje',
  'Este mensaje fue eliminado',
  'Eliminaste este mensaje',
  'Ce message a été supprimé',
  'Vous avez supprimé ce message',
  'Mensagem apagada',
  'Esta mensagem foi apagada',
  'Você apagou esta mensagem',
  'Apagou esta mensagem',
  'Questo messaggio è stato eliminato',
  'Hai eliminato questo messaggio',
  'Dit bericht is verwijderd',
  'Je hebt dit bericht verwijderd',
];

/** a call that nobody took; the whole text but for a hint after a comma */
export const missedCalls = [
  'Missed voice call',
  'Missed video call',
  'Missed group voice call',
  'Missed group video call',
  'Verpasster Sprachanruf',
  'Verpasster Videoanruf',
  'Llamada perdida',
  'Llamada de voz perdida',
  'Videollamada perdida',
  'Appel vocal manqué',
  'Appel vidéo manqué',
  'Chamada de voz perdida',
  'Chamada de vídeo perdida',
  'Chiamata vocale persa',
  'Videochiamata persa',
  'Gemiste spraakoproep',
  'Gemiste video-oproep',
];

/** a call, with how it went after a comma */
export const calls = [
  'Voice call',
  'Video call',
  'Group voice call',
  'Group video call',
  'Sprachanruf',
  'Videoanruf',
  'Llamada de voz',
  'Videollamada',
  'Appel vocal',
  'Appel vidéo',
  'Chamada de voz',
  'Chamada de vídeo',
  'Chiamata vocale',
  'Videochiamata',
  'Spraakoproep',
  'Video-oproep',
];

export const notAnswered = [
  'No answer',
  'Keine Antwort',
  'Sin respuesta',
  'Pas de réponse',
  'Sans réponse',
  'Sem resposta',
  'Não atendida',
  'Nessuna risposta',
  'Geen antwoord',
];

/** before a link to a map */
export const locations = [
  'location',
  'Standort',
  'ubicación',
  'localisation',
  'localização',
  'posizione',
  'locatie',
];

/**
 * What only WhatsApp writes: notices about the chat, where they stand under the name of the chat (iOS) instead of alone.
 */
export const noticePatterns: readonly RegExp[] = [
  /end-to-end encrypted|Ende-zu-Ende-verschlüsselt|cifrados? de extremo a extremo|chiffrés? de bout en bout/i,
  /criptografia de ponta a ponta|crittografia end-to-end|encriptad[ao]s? (?:de )?(?:ponta a ponta|extremo a extremo)|end-to-end versleuteld/i,
  /^(?:.{1,60} )?(?:created (?:this )?group|changed (?:the (?:subject|group)|this group|their phone number|to \+)|joined using (?:this|a) )/i,
  /^(?:.{1,60} )(?:hat die Gruppe|hat den Betreff|hat das Gruppenbild|creó el grupo|cambió el asunto|a créé le groupe|criou o grupo|ha creato il gruppo)/i,
  /^(?:Your|Ihr|Dein)e? (?:security code|Sicherheitsnummer) /i,
  /^(?:.{1,60} )?(?:added|removed) .{1,80}$|^.{1,60} left$|^.{1,60} (?:is|wurde) (?:a contact|hinzugefügt)$/i,
  /turned (?:on|off) disappearing messages|messages will disappear from this chat/i,
  /^(?:You|.{1,60}) (?:blocked|unblocked) this (?:contact|business)|^This business is now|^This chat is with a business/i,
];

/** A notice that only groups have. */
export const groupPattern =
  /created (?:this )?group|changed the subject|changed this group|joined using|hat die Gruppe|creó el grupo|a créé le groupe|criou o grupo|ha creato il gruppo|heeft de groep|^You were added$/i;
