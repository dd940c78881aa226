"""The Tuebingen cause-effect pairs: which there are, what they hold, and what each counts.

Numbers, variables, sources and weights are those of the database's own list (README and pairmeta), described
in Mooij, Peters, Janzing, Zscheischler and Schoelkopf, Journal of Machine Learning Research 17(32), 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

from foundation_causal.datasets.facts import Facts

SEVERAL_VARIABLES = (52, 53, 54, 55, 71, 105)  # on one side at least
NOT_IN_CDT = (106, 107, 108)

ABOUT = """
Pair {number} of the Tuebingen cause-effect pairs: {cause} -> {effect}, {rows} rows, source: {source};
weight {weight:g} (Mooij, Peters, Janzing, Zscheischler and Schoelkopf, Journal of Machine Learning Research
17(32), 2016), as the package cdt ships it (MIT licence for cdt; the measurements come under their own
source's terms), which calls it pair{position}. The reference graph is the one edge, which the database's
authors chose from what is known about the subject. Known problems: they guarantee no direction, and not all
are beyond dispute, that between stock returns for one; a common cause is not ruled out; pairs of a common
origin are no independent tests, so their weights add up to 1; rows that are a time series depend on each
other; many values are rounded; and cdt has put the cause first in every pair, so a method that looks at the
order of the columns sees the answer.
"""


@dataclass(frozen=True)
class Pair:
    """One pair.

    Attributes:
        number: Its number in the database.
        cause: The name of the first column.
        effect: The name of the second.
        source: Where the rows come from.
        rows: The number of rows.
        weight: What it counts in an average over all pairs.
    """

    number: int
    cause: str
    effect: str
    source: str
    rows: int
    weight: float

    @property
    def position(self) -> int:
        """Its place in cdt's file, from 1: cdt leaves pairs out and numbers the rest without a gap."""
        return self.number - sum(left_out < self.number for left_out in SEVERAL_VARIABLES)

    @property
    def facts(self) -> Facts:
        """The pair as a data set."""
        about = ABOUT.format(
            number=self.number,
            cause=self.cause,
            effect=self.effect,
            rows=f"{self.rows:,}",
            source=self.source,
            weight=self.weight,
            position=self.position,
        )
        return Facts(
            name=f"tuebingen-{self.number}",
            title=f"{self.cause} -> {self.effect} ({self.source})",
            origin="measured",
            rows=self.rows,
            columns=2,
            edges=1,
            acyclic=True,
            about=" ".join(about.split()),
            weight=self.weight,
        )


# fmt: off
PAIRS = tuple(Pair(*fields) for fields in (
    (1, "altitude", "temperature", "German weather service", 349, 0.166),
    (2, "altitude", "precipitation", "German weather service", 349, 0.166),
    (3, "longitude", "temperature", "German weather service", 349, 0.167),
    (4, "altitude", "sunshine_hours", "German weather service", 349, 0.166),
    (5, "age", "length", "abalone", 4177, 0.143),
    (6, "age", "shell_weight", "abalone", 4177, 0.143),
    (7, "age", "diameter", "abalone", 4177, 0.143),
    (8, "age", "height", "abalone", 4177, 0.143),
    (9, "age", "whole_weight", "abalone", 4177, 0.143),
    (10, "age", "shucked_weight", "abalone", 4177, 0.143),
    (11, "age", "viscera_weight", "abalone", 4177, 0.142),
    (12, "age", "wage_per_hour", "census income", 5000, 0.5),
    (13, "displacement", "miles_per_gallon", "auto-mpg", 392, 0.25),
    (14, "horsepower", "miles_per_gallon", "auto-mpg", 392, 0.25),
    (15, "weight", "miles_per_gallon", "auto-mpg", 392, 0.25),
    (16, "horsepower", "acceleration", "auto-mpg", 392, 0.25),
    (17, "age", "dividends", "census income", 5000, 0.5),
    (18, "age", "gag_concentration", "GAGurine of R's MASS", 314, 1),
    (19, "eruption_duration", "next_interval", "geyser", 194, 1),
    (20, "latitude", "temperature", "German weather service", 349, 0.166),
    (21, "longitude", "precipitation", "German weather service", 349, 0.167),
    (22, "age", "height", "arrhythmia", 450, 0.333),
    (23, "age", "weight", "arrhythmia", 452, 0.333),
    (24, "age", "heart_rate", "arrhythmia", 451, 0.334),
    (25, "cement", "compressive_strength", "concrete", 1030, 0.125),
    (26, "blast_furnace_slag", "compressive_strength", "concrete", 1030, 0.125),
    (27, "fly_ash", "compressive_strength", "concrete", 1030, 0.125),
    (28, "water", "compressive_strength", "concrete", 1030, 0.125),
    (29, "superplasticizer", "compressive_strength", "concrete", 1030, 0.125),
    (30, "coarse_aggregate", "compressive_strength", "concrete", 1030, 0.125),
    (31, "fine_aggregate", "compressive_strength", "concrete", 1030, 0.125),
    (32, "age", "compressive_strength", "concrete", 1030, 0.125),
    (33, "alcohol_consumption", "mean_corpuscular_volume", "liver disorders", 345, 0.2),
    (34, "alcohol_consumption", "alkaline_phosphotase", "liver disorders", 345, 0.2),
    (35, "alcohol_consumption", "alanine_aminotransferase", "liver disorders", 345, 0.2),
    (36, "alcohol_consumption", "aspartate_aminotransferase", "liver disorders", 345, 0.2),
    (37, "alcohol_consumption", "gamma_glutamyl_transpeptidase", "liver disorders", 345, 0.2),
    (38, "age", "body_mass_index", "Pima Indians diabetes", 757, 0.25),
    (39, "age", "serum_insulin", "Pima Indians diabetes", 394, 0.25),
    (40, "age", "diastolic_blood_pressure", "Pima Indians diabetes", 733, 0.25),
    (41, "age", "plasma_glucose", "Pima Indians diabetes", 763, 0.25),
    (42, "day_of_year", "temperature", "B. Janzing", 9162, 0.5),
    (43, "temperature", "temperature_next", "NCEP-NCAR", 10369, 0.25),
    (44, "pressure", "pressure_next", "NCEP-NCAR", 10369, 0.25),
    (45, "sea_level_pressure", "sea_level_pressure_next", "NCEP-NCAR", 10369, 0.25),
    (46, "relative_humidity", "relative_humidity_next", "NCEP-NCAR", 10369, 0.25),
    (47, "type_of_day", "number_of_cars", "traffic", 254, 1),
    (48, "outdoor_temperature", "indoor_temperature", "Hipel and McLeod", 168, 1),
    (49, "temperature", "ozone", "Bafu", 365, 0.333),
    (50, "temperature", "ozone", "Bafu", 365, 0.333),
    (51, "temperature", "ozone", "Bafu", 365, 0.334),
    (56, "latitude", "female_life_expectancy_2000_2005", "UNdata", 192, 0.083),
    (57, "latitude", "female_life_expectancy_1995_2000", "UNdata", 192, 0.083),
    (58, "latitude", "female_life_expectancy_1990_1995", "UNdata", 192, 0.084),
    (59, "latitude", "female_life_expectancy_1985_1990", "UNdata", 192, 0.083),
    (60, "latitude", "male_life_expectancy_2000_2005", "UNdata", 192, 0.083),
    (61, "latitude", "male_life_expectancy_1995_2000", "UNdata", 192, 0.084),
    (62, "latitude", "male_life_expectancy_1990_1995", "UNdata", 192, 0.083),
    (63, "latitude", "male_life_expectancy_1985_1990", "UNdata", 192, 0.083),
    (64, "drinking_water_access", "infant_mortality", "UNdata", 162, 0.084),
    (65, "hang_seng_bank", "hsbc", "stock returns", 1331, 0.333),
    (66, "hutchison", "cheung_kong", "stock returns", 1331, 0.333),
    (67, "cheung_kong", "sun_hung_kai", "stock returns", 1331, 0.334),
    (68, "open_http_connections", "bytes_sent", "P. Stark and D. Janzing", 498, 1),
    (69, "outside_temperature", "inside_temperature", "J. M. Mooij", 16382, 1),
    (70, "parameter", "answer", "Armann and Buelthoff", 4499, 1),
    (72, "sunspots", "global_mean_temperature", "sunspots", 1632, 1),
    (73, "energy_use", "co2_emissions", "UNdata", 5084, 0.083),
    (74, "gni_per_capita", "life_expectancy", "UNdata", 194, 0.083),
    (75, "gni_per_capita", "under_5_mortality", "UNdata", 205, 0.084),
    (76, "population_growth", "food_consumption_growth", "FAO", 347, 1),
    (77, "solar_radiation", "temperature", "B. Janzing", 8401, 0.5),
    (78, "photon_flux", "net_ecosystem_productivity", "A. M. Moffat", 721, 0.3333),
    (79, "diffuse_photon_flux", "net_ecosystem_productivity", "A. M. Moffat", 721, 0.3333),
    (80, "direct_photon_flux", "net_ecosystem_productivity", "A. M. Moffat", 721, 0.3334),
    (81, "temperature", "co2_flux", "M. Mahecha", 365, 0.3333),
    (82, "temperature", "co2_flux", "M. Mahecha", 365, 0.3333),
    (83, "temperature", "co2_flux", "M. Mahecha", 365, 0.3334),
    (84, "population", "employment", "spatial-econometrics.com", 3102, 1),
    (85, "time_of_measurement", "protein_content", "milk", 994, 1),
    (86, "apartment_size", "monthly_rent", "J. M. Mooij", 666, 1),
    (87, "temperature", "snow", "Whistler snowfall", 7753, 1),
    (88, "age", "bone_mineral_density", "bone of R's ElemStatLearn", 261, 1),
    (89, "root_decomposition_april", "root_decomposition_october", "Solly and others, grassland", 131, 0.25),
    (90, "root_decomposition_april", "root_decomposition_october", "Solly and others, forest", 126, 0.25),
    (91, "clay_content", "soil_moisture", "Solly and others, forest", 149, 0.25),
    (92, "clay_content", "organic_carbon", "Solly and others, forest", 150, 0.25),
    (93, "precipitation", "runoff", "MOPEX", 432, 1),
    (94, "hour_of_day", "temperature", "S. A. Tarim", 9504, 0.3333),
    (95, "hour_of_day", "electricity_load", "S. A. Tarim", 9504, 0.3333),
    (96, "temperature", "electricity_load", "S. A. Tarim", 9504, 0.3333),
    (97, "initial_speed", "final_speed", "D. Janzing, ball track", 202, 0.2),
    (98, "initial_speed", "final_speed", "D. Janzing, ball track", 94, 0.2),
    (99, "socioeconomic_status", "language_score", "nlschools of R's MASS", 2287, 1),
    (100, "cycle_time", "performance", "cpus of R's MASS", 209, 1),
    (101, "grey_value", "brightness", "D. Janzing, screen", 300, 0.5),
    (102, "ball_position", "first_segment_time", "D. Janzing, ball track", 109, 0.2),
    (103, "ball_position", "second_segment_time", "D. Janzing, ball track", 109, 0.2),
    (104, "first_segment_time", "second_segment_time", "D. Janzing, ball track", 109, 0.2),
))
# fmt: on
