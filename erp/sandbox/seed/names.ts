/**
 * The words that the sandbox's master data is made of.
 *
 * Partners and products are combinations of them, so that a small list names a hundred thousand things
 * and each still looks like something one could order.
 */

interface CountryWords {
  readonly code: string;
  readonly name: string;
  readonly currency: string;
  /** How many units of `currency` one euro is. */
  readonly rate: number;
  /** Of a hundred customers, how many are there. */
  readonly share: number;
  readonly language: 'EN' | 'DE';
  readonly forms: readonly string[];
  readonly names: readonly string[];
  readonly trades: readonly string[];
  readonly streets: readonly string[];
  /** `postal code city` */
  readonly cities: readonly string[];
}

export const countries: readonly CountryWords[] = [
  {
    code: 'DE',
    name: 'Germany',
    currency: 'EUR',
    rate: 1,
    share: 30,
    language: 'DE',
    forms: ['GmbH', 'GmbH & Co. KG', 'AG'],
    names: ['Brandt', 'Keller', 'Lorenz', 'Vogel', 'Reuter', 'Hartmann', 'Petersen', 'Sommer', 'Krämer', 'Winkler'],
    trades: ['Anlagenbau', 'Maschinenbau', 'Chemie', 'Pumpentechnik', 'Wasserwerke', 'Fördertechnik', 'Schiffstechnik'],
    streets: ['Industriestraße', 'Am Hafen', 'Siemensstraße', 'Dieselweg', 'Bahnhofstraße', 'Werkstraße'],
    cities: ['20457 Hamburg', '70565 Stuttgart', '80939 München', '44147 Dortmund', '04356 Leipzig', '28199 Bremen'],
  },
  {
    code: 'AT',
    name: 'Austria',
    currency: 'EUR',
    rate: 1,
    share: 24,
    language: 'DE',
    forms: ['GmbH', 'Ges.m.b.H.', 'KG'],
    names: ['Hofer', 'Gruber', 'Steiner', 'Moser', 'Leitner', 'Eder', 'Fuchs', 'Wallner', 'Pichler', 'Auer'],
    trades: ['Anlagenbau', 'Hydraulik', 'Umwelttechnik', 'Papier', 'Kraftwerke', 'Installationen', 'Metallbau'],
    streets: ['Industriezeile', 'Wiener Straße', 'Mühlgasse', 'Gewerbepark', 'Donaulände', 'Schmiedgasse'],
    cities: ['1230 Wien', '4020 Linz', '8020 Graz', '5020 Salzburg', '6020 Innsbruck', '4600 Wels'],
  },
  {
    code: 'IT',
    name: 'Italy',
    currency: 'EUR',
    rate: 1,
    share: 10,
    language: 'EN',
    forms: ['S.r.l.', 'S.p.A.'],
    names: ['Bianchi', 'Ferrari', 'Colombo', 'Moretti', 'Rinaldi', 'Galli', 'Fontana', 'Marchetti'],
    trades: ['Impianti', 'Macchine', 'Idraulica', 'Pompe', 'Alimentari', 'Cartiere'],
    streets: ["Via dell'Industria", 'Via Galileo Galilei', 'Via Milano', 'Viale Europa', 'Via Volta'],
    cities: ['20126 Milano', '10135 Torino', '41122 Modena', '37135 Verona', '40138 Bologna', '25125 Brescia'],
  },
  {
    code: 'CH',
    name: 'Switzerland',
    currency: 'CHF',
    rate: 0.95,
    share: 8,
    language: 'DE',
    forms: ['AG', 'GmbH'],
    names: ['Zürcher', 'Meier', 'Brunner', 'Gerber', 'Baumann', 'Frei', 'Ammann', 'Zimmermann'],
    trades: ['Apparatebau', 'Verfahrenstechnik', 'Pharma', 'Lebensmitteltechnik', 'Energie'],
    streets: ['Industriestrasse', 'Hardstrasse', 'Fabrikweg', 'Seestrasse', 'Rheinweg'],
    cities: ['8005 Zürich', '4057 Basel', '8400 Winterthur', '6003 Luzern', '9000 St. Gallen', '3018 Bern'],
  },
  {
    code: 'FR',
    name: 'France',
    currency: 'EUR',
    rate: 1,
    share: 8,
    language: 'EN',
    forms: ['SAS', 'SARL', 'SA'],
    names: ['Lefèvre', 'Moreau', 'Garnier', 'Chevalier', 'Dumas', 'Roussel', 'Perrin', 'Marchand'],
    trades: ['Industries', 'Fluides', 'Hydraulique', 'Chimie', 'Équipements'],
    streets: ['Rue des Forges', "Avenue de l'Industrie", 'Rue Pasteur', 'Quai du Port', 'Rue Ampère'],
    cities: ['69007 Lyon', '59000 Lille', '67100 Strasbourg', '31100 Toulouse', '44800 Nantes', '13015 Marseille'],
  },
  {
    code: 'CZ',
    name: 'Czechia',
    currency: 'CZK',
    rate: 24.8,
    share: 6,
    language: 'EN',
    forms: ['s.r.o.', 'a.s.'],
    names: ['Novák', 'Dvořák', 'Černý', 'Procházka', 'Kučera', 'Veselý', 'Horák'],
    trades: ['Strojírny', 'Čerpadla', 'Vodárny', 'Hydraulika', 'Chemie'],
    streets: ['Průmyslová', 'Tovární', 'Nádražní', 'Komenského', 'U Stadionu'],
    cities: ['102 00 Praha', '617 00 Brno', '709 00 Ostrava', '301 00 Plzeň', '779 00 Olomouc', '460 01 Liberec'],
  },
  {
    code: 'NL',
    name: 'Netherlands',
    currency: 'EUR',
    rate: 1,
    share: 5,
    language: 'EN',
    forms: ['B.V.'],
    names: ['de Vries', 'Bakker', 'van Dijk', 'Visser', 'Smit', 'Mulder'],
    trades: ['Marine', 'Watertechniek', 'Machinefabriek', 'Zuivel', 'Offshore'],
    streets: ['Havenweg', 'Industrieweg', 'Fabriekstraat', 'Kanaaldijk'],
    cities: ['3089 Rotterdam', '5651 Eindhoven', '1041 Amsterdam', '9723 Groningen', '7521 Enschede', '3542 Utrecht'],
  },
  {
    code: 'PL',
    name: 'Poland',
    currency: 'PLN',
    rate: 4.3,
    share: 5,
    language: 'EN',
    forms: ['Sp. z o.o.', 'S.A.'],
    names: ['Kowalski', 'Wiśniewski', 'Wójcik', 'Zieliński', 'Szymański', 'Nowak'],
    trades: ['Maszyny', 'Hydraulika', 'Pompy', 'Wodociągi', 'Stal'],
    streets: ['ul. Przemysłowa', 'ul. Fabryczna', 'ul. Portowa', 'ul. Kolejowa'],
    cities: ['40-202 Katowice', '51-315 Wrocław', '80-560 Gdańsk', '61-248 Poznań', '30-701 Kraków', '93-121 Łódź'],
  },
  {
    code: 'SE',
    name: 'Sweden',
    currency: 'SEK',
    rate: 11.3,
    share: 4,
    language: 'EN',
    forms: ['AB'],
    names: ['Lindqvist', 'Nordström', 'Bergman', 'Sandberg', 'Ekström', 'Holmgren'],
    trades: ['Marin', 'Skog', 'Industri', 'Processteknik', 'Energi'],
    streets: ['Industrigatan', 'Hamnvägen', 'Verkstadsgatan', 'Norra Vägen'],
    cities: [
      '418 34 Göteborg',
      '211 24 Malmö',
      '721 30 Västerås',
      '602 28 Norrköping',
      '582 78 Linköping',
      '871 52 Härnösand',
    ],
  },
];

/** A kind of product; its sizes and variants are the products. */
export interface ProductFamily {
  readonly type: 'FERT' | 'HALB' | 'ROH' | 'HAWA';
  readonly code: string;
  readonly en: string;
  readonly de: string;
  readonly group: string;
  readonly uom: 'ST' | 'KG' | 'M' | 'L' | 'M2';
  /** In euros, of the smallest size. */
  readonly price: number;
}

const family = (
  type: ProductFamily['type'],
  group: string,
  code: string,
  en: string,
  de: string,
  price: number,
  uom: ProductFamily['uom'] = 'ST',
): ProductFamily => ({ type, group, code, en, de, price, uom });

export const productFamilies: readonly ProductFamily[] = [
  family('FERT', 'PUMP', 'GP', 'Gear pump', 'Zahnradpumpe', 420),
  family('FERT', 'VALVE', 'BV', 'Ball valve', 'Kugelhahn', 85),
  family('FERT', 'PUMP', 'CP', 'Centrifugal pump', 'Kreiselpumpe', 690),
  family('FERT', 'HYDR', 'HC', 'Hydraulic cylinder', 'Hydraulikzylinder', 310),
  family('FERT', 'VALVE', 'FV', 'Butterfly valve', 'Absperrklappe', 120),
  family('FERT', 'PUMP', 'VP', 'Vane pump', 'Flügelzellenpumpe', 510),
  family('FERT', 'FILTER', 'FU', 'Filter unit', 'Filtereinheit', 240),
  family('FERT', 'VALVE', 'CV', 'Check valve', 'Rückschlagventil', 64),
  family('FERT', 'PUMP', 'SP', 'Screw pump', 'Schraubenspindelpumpe', 1250),
  family('FERT', 'HYDR', 'HM', 'Hydraulic motor', 'Hydraulikmotor', 580),
  family('FERT', 'VALVE', 'RV', 'Relief valve', 'Überdruckventil', 98),
  family('FERT', 'FILTER', 'HX', 'Plate heat exchanger', 'Plattenwärmetauscher', 870),
  family('FERT', 'PUMP', 'DP', 'Diaphragm pump', 'Membranpumpe', 360),
  family('FERT', 'HYDR', 'HA', 'Hydraulic power unit', 'Hydraulikaggregat', 2100),
  family('FERT', 'VALVE', 'GV', 'Gate valve', 'Absperrschieber', 150),
  family('FERT', 'PUMP', 'PP', 'Piston pump', 'Kolbenpumpe', 940),
  family('HAWA', 'SPARE', 'SK', 'Seal kit', 'Dichtungssatz', 18),
  family('HAWA', 'SPARE', 'FC', 'Filter cartridge', 'Filterpatrone', 22),
  family('HAWA', 'ACCESS', 'PG', 'Pressure gauge', 'Manometer', 27),
  family('HAWA', 'ACCESS', 'MF', 'Mounting flange', 'Montageflansch', 35),
  family('HAWA', 'ACCESS', 'SC', 'Shaft coupling', 'Wellenkupplung', 48),
  family('HAWA', 'ACCESS', 'LS', 'Level sensor', 'Füllstandsensor', 95),
  family('HAWA', 'SPARE', 'HS', 'Hose assembly', 'Schlauchleitung', 31),
  family('HALB', 'SEMI', 'RO', 'Rotor', 'Rotor', 65),
  family('HALB', 'SEMI', 'MH', 'Machined housing', 'Gehäuse bearbeitet', 88),
  family('HALB', 'SEMI', 'SH', 'Shaft', 'Welle', 24),
  family('HALB', 'SEMI', 'IM', 'Impeller', 'Laufrad', 54),
  family('HALB', 'SEMI', 'BD', 'Valve body', 'Ventilkörper', 37),
  family('ROH', 'METAL', 'RB', 'Round bar C45', 'Rundstahl C45', 9, 'M'),
  family('ROH', 'BOUGHT', 'OR', 'O-ring NBR', 'O-Ring NBR', 0.35),
  family('ROH', 'METAL', 'CB', 'Cast blank GJL-250', 'Gussrohling GJL-250', 21),
  family('ROH', 'BOUGHT', 'BB', 'Ball bearing', 'Kugellager', 7.4),
  family('ROH', 'METAL', 'SS', 'Steel sheet S235', 'Stahlblech S235', 1.6, 'KG'),
  family('ROH', 'BOUGHT', 'HB', 'Hex bolt M8', 'Sechskantschraube M8', 0.12),
  family('ROH', 'CHEM', 'HO', 'Hydraulic oil HLP 46', 'Hydrauliköl HLP 46', 4.2, 'L'),
  family('ROH', 'BOUGHT', 'EM', 'Electric motor IE3', 'Elektromotor IE3', 180),
  family('ROH', 'CHEM', 'PC', 'Powder coating RAL', 'Pulverlack RAL', 8.9, 'KG'),
  family('ROH', 'METAL', 'GS', 'Gasket sheet', 'Dichtungsplatte', 34, 'M2'),
  family('ROH', 'BOUGHT', 'BU', 'Bronze bushing', 'Bronzebuchse', 5.1),
];

/** The first sizes are the ones most sold. */
export const sizes: readonly number[] = [20, 25, 32, 16, 40, 50, 12, 65, 80, 10, 100, 125, 8, 150, 200];

export const variants: readonly { readonly code: string; readonly en: string; readonly de: string }[] = [
  { code: '', en: '', de: '' },
  { code: '-SS', en: 'stainless', de: 'Edelstahl' },
  { code: '-EX', en: 'ATEX', de: 'ATEX' },
  { code: '-HP', en: 'high pressure', de: 'Hochdruck' },
  { code: '-FD', en: 'food grade', de: 'lebensmittelecht' },
  { code: '-MR', en: 'marine', de: 'Marine' },
  { code: '-LN', en: 'low noise', de: 'geräuscharm' },
  { code: '-LS', en: 'long shaft', de: 'lange Welle' },
];

export const materialGroups: readonly (readonly [code: string, en: string, de: string])[] = [
  ['PUMP', 'Pumps', 'Pumpen'],
  ['VALVE', 'Valves', 'Armaturen'],
  ['HYDR', 'Hydraulics', 'Hydraulik'],
  ['FILTER', 'Filters and heat exchangers', 'Filter und Wärmetauscher'],
  ['SPARE', 'Spare parts', 'Ersatzteile'],
  ['ACCESS', 'Accessories', 'Zubehör'],
  ['SEMI', 'Semi-finished parts', 'Halbfabrikate'],
  ['METAL', 'Metals', 'Metalle'],
  ['BOUGHT', 'Purchased parts', 'Zukaufteile'],
  ['CHEM', 'Oils and coatings', 'Öle und Lacke'],
  ['SERV', 'Services', 'Dienstleistungen'],
  ['PACK', 'Returnable packaging', 'Mehrwegverpackung'],
];

/** Sold, lent or left over, but neither made nor bought by the piece. */
export const otherMaterials: readonly (readonly [
  no: number,
  type: 'DIEN' | 'LEIH' | 'ROH',
  article: string,
  en: string,
  de: string,
  price: number,
])[] = [
  [900001, 'DIEN', 'SV-COM', 'Commissioning on site', 'Inbetriebnahme vor Ort', 980],
  [900002, 'DIEN', 'SV-MNT', 'Annual maintenance', 'Jahreswartung', 640],
  [900003, 'DIEN', 'SV-OVH', 'Pump overhaul', 'Pumpenüberholung', 420],
  [900004, 'DIEN', 'SV-CAL', 'Calibration with certificate', 'Kalibrierung mit Zertifikat', 150],
  [900101, 'LEIH', 'PK-EUR', 'Euro pallet', 'Europalette', 12],
  [900102, 'LEIH', 'PK-GIT', 'Mesh box', 'Gitterbox', 95],
  [900103, 'LEIH', 'PK-IBC', 'IBC container 1000 l', 'IBC-Container 1000 l', 180],
  [900201, 'ROH', 'RC-CHP', 'Metal chips for recycling', 'Metallspäne zur Verwertung', 0.4],
];

export const vendorTrades: readonly string[] = [
  'Stahl',
  'Guss',
  'Dichtungen',
  'Lager',
  'Antriebe',
  'Normteile',
  'Kunststoffe',
  'Schmierstoffe',
];

export const carriers: readonly (readonly [code: string, name: string, service: string])[] = [
  ['DHLF', 'DHL Freight', 'Road'],
  ['SCHNK', 'DB Schenker', 'Road'],
  ['GWEISS', 'Gebrüder Weiss', 'Road'],
  ['DACHS', 'Dachser', 'Road'],
  ['KUEHNE', 'Kuehne + Nagel', 'Sea'],
  ['DSV', 'DSV', 'Road'],
  ['UPS', 'UPS', 'Parcel'],
  ['DPD', 'DPD', 'Parcel'],
  ['POST', 'Österreichische Post', 'Parcel'],
  ['RAILCA', 'Rail Cargo', 'Rail'],
  ['LKWW', 'LKW Walter', 'Full load'],
  ['PICKUP', 'Customer picks up', 'None'],
];

export const plants: readonly (readonly [
  code: string,
  short: string,
  name: string,
  street: string,
  postalCode: string,
  city: string,
  country: string,
])[] = [
  ['1010', 'Vienna', 'Vienna pump works', 'Perfektastraße 61', '1230', 'Wien', 'AT'],
  ['1020', 'Linz', 'Linz valve works', 'Lunzerstraße 41', '4030', 'Linz', 'AT'],
  ['1030', 'Graz', 'Graz hydraulics', 'Puntigamer Straße 127', '8055', 'Graz', 'AT'],
  ['2010', 'Brno', 'Brno foundry and machining', 'Tuřanka 115', '627 00', 'Brno', 'CZ'],
  ['2020', 'Győr', 'Győr assembly', 'Ipar utca 8', '9027', 'Győr', 'HU'],
];

/** Storage type is what stock levels are kept of. */
export const locationKinds: readonly (readonly [suffix: string, type: 'ST' | 'PR', name: string])[] = [
  ['FG', 'ST', 'finished goods'],
  ['RM', 'ST', 'raw materials'],
  ['SP', 'ST', 'spare parts'],
  ['PF', 'PR', 'production floor'],
];

export const workCenters: readonly (readonly [
  suffix: string,
  name: string,
  category: string,
  parent: string | null,
  costCenter: string,
  rate: number,
  basis: 'H' | 'C',
])[] = [
  ['TUR', 'Turning', 'Machining', null, '41', 68, 'H'],
  ['MIL', 'Milling', 'Machining', null, '41', 74, 'H'],
  ['ASM', 'Assembly', 'Assembly', null, '42', 52, 'H'],
  ['AS1', 'Assembly line 1', 'Assembly', 'ASM', '42', 52, 'H'],
  ['AS2', 'Assembly line 2', 'Assembly', 'ASM', '42', 49, 'H'],
  ['TST', 'Test bench', 'Quality', null, '43', 35, 'C'],
  ['PNT', 'Paint shop', 'Finishing', null, '44', 41, 'H'],
];

/** What is done where: the operation's code and the work center's suffix. */
export const operations: readonly (readonly [code: string, workCenter: string, en: string, de: string])[] = [
  ['TURN', 'TUR', 'Turn', 'Drehen'],
  ['MILL', 'MIL', 'Mill and drill', 'Fräsen und Bohren'],
  ['ASSY', 'AS1', 'Assemble', 'Montieren'],
  ['ASS2', 'AS2', 'Assemble and seal', 'Montieren und Abdichten'],
  ['PAIN', 'PNT', 'Paint', 'Lackieren'],
  ['TEST', 'TST', 'Test at pressure', 'Druckprobe'],
];

export const costCenters: readonly (readonly [suffix: string, en: string, de: string, monthlyThousands: number])[] = [
  ['41', 'Machining', 'Zerspanung', 210],
  ['42', 'Assembly', 'Montage', 165],
  ['43', 'Test and quality', 'Prüffeld und Qualität', 60],
  ['44', 'Paint shop', 'Lackiererei', 48],
  ['51', 'Maintenance', 'Instandhaltung', 72],
  ['52', 'Energy', 'Energie', 95],
  ['61', 'Logistics', 'Logistik', 80],
  ['71', 'Administration', 'Verwaltung', 130],
];

export const costElements: readonly (readonly [code: string, name: string, share: number])[] = [
  ['0000400000', 'Consumables', 0.18],
  ['0000420000', 'Wages', 0.34],
  ['0000421000', 'Salaries', 0.16],
  ['0000450000', 'Energy', 0.09],
  ['0000470000', 'Depreciation', 0.15],
  ['0000475000', 'External services', 0.08],
];

export const paymentTerms: readonly (readonly [
  code: string,
  netDays: number,
  discountDays: number | null,
  percent: number | null,
  text: string,
])[] = [
  ['N014', 14, null, null, '14 days net'],
  ['N030', 30, null, null, '30 days net'],
  ['N060', 60, null, null, '60 days net'],
  ['D030', 30, 10, 2, '10 days 2 %, 30 days net'],
];

export const units: readonly (readonly [
  code: string,
  dimension: string,
  decimals: number,
  symbolEn: string,
  nameEn: string,
  symbolDe: string,
  nameDe: string,
])[] = [
  ['ST', 'Count', 0, 'pcs', 'piece', 'Stk', 'Stück'],
  ['KG', 'Mass', 3, 'kg', 'kilogram', 'kg', 'Kilogramm'],
  ['M', 'Length', 3, 'm', 'metre', 'm', 'Meter'],
  ['L', 'Volume', 3, 'l', 'litre', 'l', 'Liter'],
  ['M2', 'Area', 3, 'm²', 'square metre', 'm²', 'Quadratmeter'],
  ['STD', 'Time', 2, 'h', 'hour', 'h', 'Stunde'],
];

export const people: readonly string[] = [
  'HOFERM',
  'GRUBERA',
  'NOVAKP',
  'STEINERL',
  'KOVACSE',
  'WAGNERT',
  'MAIERJ',
  'SVOBODAK',
  'BAUERS',
  'NAGYZ',
];
