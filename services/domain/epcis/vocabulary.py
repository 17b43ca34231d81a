"""Terms of the GS1 Core Business Vocabulary (CBV 2.0) and of the GS1 Web Vocabulary, as EPCIS 2.0 JSON spells them.

JSON carries the short form ("shipping"). Queries and older systems also write the URN of CBV 1.x and the web URI of
CBV 2.0; `short_term` brings them all to the short form.
"""

import re

# The JSON-LD context of EPCIS 2.0, and the namespace of what GS1 has no name for.
EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACE = "https://tianzhuo.example/ns/"

BIZ_STEPS = frozenset(
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping""".split()
)

DISPOSITIONS = frozenset(
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
    recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable
    unknown""".split()
)

BIZ_TRANSACTION_TYPES = frozenset(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt".split()
)

SOURCE_DEST_TYPES = frozenset({"owning_party", "possessing_party", "location"})

ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})

MEASUREMENT_TYPES = frozenset(
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
    MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
    RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
    SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux
    Wavenumber""".split()
)

SENSOR_ALERTS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})

COMPONENTS = frozenset(
    """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude
    longitude altitude""".split()
)

# What stands in front of a term in its long forms: CBV 1.x URN, CBV 2.0 web URI (two hosts), prefixed name.
_LONG_FORM = re.compile(
    r"(?:urn:epcglobal:cbv:(?P<urn>bizstep|disp|btt|sdt|er):"
    r"|(?:https?://(?:ref|ns)\.gs1\.org/cbv/|cbv:)(?P<cbv>BizStep|Disp|BTT|SDT|ER|Comp)-"
    r"|(?:https?://(?:www\.)?gs1\.org/voc/|gs1:))"
    r"(?P<term>[A-Za-z_]+)\Z"
)

_TERMS = {
    "bizstep": BIZ_STEPS,
    "disp": DISPOSITIONS,
    "btt": BIZ_TRANSACTION_TYPES,
    "sdt": SOURCE_DEST_TYPES,
    "er": ERROR_REASONS,
    "comp": COMPONENTS,
    "web": MEASUREMENT_TYPES | SENSOR_ALERTS,
}


def short_term(text: str) -> str:
    """The short form of a CBV or GS1 Web Vocabulary term; anything else unchanged.

    `urn:epcglobal:cbv:bizstep:shipping`, `https://ref.gs1.org/cbv/BizStep-shipping`, `cbv:BizStep-shipping` and
    `shipping` all give `shipping`; a term that the vocabulary does not have stays as it was written.
    """
    match = _LONG_FORM.match(text)
    if match is None:
        return text
    family = (match["urn"] or match["cbv"] or "web").lower()
    return match["term"] if match["term"] in _TERMS[family] else text
