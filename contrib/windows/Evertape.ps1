# SPDX-License-Identifier: Apache-2.0
<#
.SYNOPSIS
Attaches an Evertape library to this Windows Server for good, watches that its devices keep their
names, and takes everything back.

.DESCRIPTION
  .\Evertape.ps1 Attach      -Portal 192.0.2.10 [-Port 3260] [-Target IQN] [-ChapUser NAME -ChapSecretFile FILE]
  .\Evertape.ps1 Persistence                    sets Persistence=1 for Tape and MChgr, after asking
  .\Evertape.ps1 Save  -File devices.json       writes down the devices and their instance IDs
  .\Evertape.ps1 Check -File devices.json       says what is missing, new or renamed; exit code 1 then
  .\Evertape.ps1 Check -Passport passport.json  compares with "evertape passport save" from the server
  .\Evertape.ps1 Undo                           detaches what Attach attached and puts settings back

Run it in an elevated PowerShell 5.1 or later.  What it changes it notes in
%ProgramData%\Evertape\attached.json, which Undo reads.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true, Position = 0)]
    [ValidateSet('Attach', 'Persistence', 'Save', 'Check', 'Undo')]
    [string]$Action,
    [string]$Portal,
    [ValidateRange(1, 65535)]
    [int]$Port = 3260,
    [string]$Target,
    [string]$ChapUser,
    [string]$ChapSecretFile,
    [string]$File,
    [string]$Passport,
    [switch]$Yes
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$NoteFolder = Join-Path $env:ProgramData 'Evertape'
$NoteFile = Join-Path $NoteFolder 'attached.json'
$PersistenceKeys = @{
    Tape  = 'HKLM:\SYSTEM\CurrentControlSet\Control\Tape'
    MChgr = 'HKLM:\SYSTEM\CurrentControlSet\Control\MChgr'
}

function Stop-With([string]$Why) {
    Write-Error -Message $Why -ErrorAction Continue
    exit 1
}

function Confirm-ByUser([string]$Question) {
    if ($Yes) { return $true }
    $answer = Read-Host "$Question [y/N]"
    return $answer -match '^[yY]'
}

function Read-Note {
    if (Test-Path -LiteralPath $NoteFile) {
        return Get-Content -LiteralPath $NoteFile -Raw | ConvertFrom-Json
    }
    return [pscustomobject]@{ portals = @(); targets = @(); persistence = @(); service = $null }
}

function Write-Note($Note) {
    New-Item -ItemType Directory -Path $NoteFolder -Force | Out-Null
    $Note | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath $NoteFile -Encoding UTF8
}

# ---- Attach ------------------------------------------------------------------------------------

function Start-Initiator($Note) {
    $service = Get-Service -Name MSiSCSI
    if ($null -eq $Note.service) {
        $Note.service = (Get-CimInstance Win32_Service -Filter "Name='MSiSCSI'").StartMode
    }
    Set-Service -Name MSiSCSI -StartupType Automatic
    if ($service.Status -ne 'Running') { Start-Service -Name MSiSCSI }
}

function Get-ChapArguments {
    if (-not $ChapUser) { return @{} }
    if (-not $ChapSecretFile) { Stop-With 'CHAP needs -ChapSecretFile: a file whose first line is the secret.' }
    $secret = Get-Content -LiteralPath $ChapSecretFile -TotalCount 1
    if ($secret.Length -lt 12 -or $secret.Length -gt 16) {
        Stop-With 'Windows takes CHAP secrets of 12 to 16 characters; this one is shorter or longer.'
    }
    return @{ AuthenticationType = 'ONEWAYCHAP'; ChapUsername = $ChapUser; ChapSecret = $secret }
}

function Invoke-Attach {
    if (-not $Portal) { Stop-With 'Attach needs -Portal, the address of the library.' }
    $chap = Get-ChapArguments
    $note = Read-Note
    Start-Initiator $note

    $name = (Get-InitiatorPort | Where-Object ConnectionType -eq 'iSCSI' | Select-Object -First 1).NodeAddress
    Write-Host "This host's initiator name is $name"
    Write-Host "On the library's host it must be allowed: evertape initiator allow $name"

    $known = Get-IscsiTargetPortal | Where-Object {
        $_.TargetPortalAddress -eq $Portal -and $_.TargetPortalPortNumber -eq $Port }
    if (-not $known) {
        New-IscsiTargetPortal -TargetPortalAddress $Portal -TargetPortalPortNumber $Port | Out-Null
        $note.portals = @($note.portals) + @([pscustomobject]@{ address = $Portal; port = $Port })
        Write-Note $note
    }
    Update-IscsiTargetPortal -TargetPortalAddress $Portal -TargetPortalPortNumber $Port | Out-Null

    # Without -Target: only what this portal shows, never another product's targets.
    $found = @(Get-IscsiTargetPortal -TargetPortalAddress $Portal |
        Where-Object TargetPortalPortNumber -eq $Port | Get-IscsiTarget)
    if ($Target) { $found = @($found | Where-Object NodeAddress -eq $Target) }
    if ($found.Count -eq 0) { Stop-With 'The portal shows no such target to this host. Is the initiator allowed there?' }
    foreach ($one in $found) {
        if ($one.IsConnected) {
            Write-Host "$($one.NodeAddress) is connected already"
            continue
        }
        # No -IsMultipathEnabled: tape has no multipath on Windows.
        Connect-IscsiTarget -NodeAddress $one.NodeAddress -TargetPortalAddress $Portal `
            -TargetPortalPortNumber $Port -IsPersistent $true @chap | Out-Null
        $note.targets = @($note.targets) + @($one.NodeAddress)
        Write-Note $note
        Write-Host "$($one.NodeAddress) is connected, now and after every restart"
    }
    Write-Note $note
    Start-Sleep -Seconds 3
    Get-TapeDevices | Format-Table Class, Status, Name, InstanceId -AutoSize
    Write-Host 'Next: .\Evertape.ps1 Persistence, restart once, then let the backup software look for devices.'
}

# ---- Persistence -----------------------------------------------------------------------------------

function Invoke-Persistence {
    $note = Read-Note
    foreach ($name in $PersistenceKeys.Keys) {
        $key = $PersistenceKeys[$name]
        $now = $null
        if (Test-Path -LiteralPath $key) {
            $now = (Get-Item -LiteralPath $key).GetValue('Persistence', $null)
        }
        if ($now -eq 1) {
            Write-Host "$name : Persistence is 1 already"
            continue
        }
        $text = if ($null -eq $now) { 'not set' } else { "$now" }
        if (-not (Confirm-ByUser "$name : Persistence is $text. Set it to 1, so that device numbers stay?")) { continue }
        if (-not (Test-Path -LiteralPath $key)) { New-Item -Path $key -Force | Out-Null }
        New-ItemProperty -LiteralPath $key -Name Persistence -PropertyType DWord -Value 1 -Force | Out-Null
        # The first value noted is the one from before us.
        if (-not (@($note.persistence) | Where-Object { $_.name -eq $name })) {
            $note.persistence = @($note.persistence) + @([pscustomobject]@{ name = $name; before = $now })
        }
        Write-Note $note
        Write-Host "$name : Persistence is 1. It acts after the next restart of Windows."
    }
}

# ---- Save and Check ---------------------------------------------------------------------------------

function Get-TapeDevices {
    Get-PnpDevice -PresentOnly -ErrorAction SilentlyContinue |
        Where-Object { $_.InstanceId -match '^SCSI\\(SEQUENTIAL|CHANGER)' } |
        Sort-Object InstanceId |
        ForEach-Object {
            [pscustomobject]@{
                Class      = $_.Class
                Status     = $_.Status
                Name       = $_.FriendlyName
                InstanceId = $_.InstanceId
            }
        }
}

function Invoke-Save {
    if (-not $File) { Stop-With 'Save needs -File.' }
    $devices = @(Get-TapeDevices)
    ConvertTo-Json -InputObject $devices -Depth 3 | Set-Content -LiteralPath $File -Encoding UTF8
    Write-Host "$($devices.Count) devices written to $File"
}

# The part of an instance ID that the library decides: vendor, product, LUN.
function Get-ExpectedPattern($Unit) {
    $kind = if ($Unit.type -eq 'tape') { 'SEQUENTIAL' } else { 'CHANGER' }
    $vendor = ($Unit.vendor -replace '[ ,]', '_').TrimEnd('_')
    $product = ($Unit.product -replace '[ ,]', '_').TrimEnd('_')
    $lun = '{0:X2}' -f [int]$Unit.lun
    return '^SCSI\\' + $kind + '&VEN_' + [regex]::Escape($vendor) + '&PROD_' +
        [regex]::Escape($product) + '\\.*' + $lun + '$'
}

function Invoke-CheckPassport {
    $here = @(Get-TapeDevices)
    $wrong = 0
    $document = Get-Content -LiteralPath $Passport -Raw | ConvertFrom-Json
    foreach ($one in $document.targets) {
        foreach ($unit in $one.units) {
            if (@('tape', 'changer') -notcontains $unit.type) { continue }
            $pattern = Get-ExpectedPattern $unit
            if (@($here | Where-Object { $_.InstanceId -match $pattern }).Count -eq 0) {
                Write-Host "missing: LUN $($unit.lun) $($unit.vendor) $($unit.product), serial $($unit.serial)"
                $wrong++
            }
        }
    }
    return $wrong
}

function Invoke-CheckFile {
    $saved = @(Get-Content -LiteralPath $File -Raw | ConvertFrom-Json)
    $here = @(Get-TapeDevices)
    $wrong = 0
    foreach ($device in $saved) {
        $same = @($here | Where-Object InstanceId -eq $device.InstanceId)
        if ($same.Count -eq 0) {
            Write-Host "missing: $($device.Name)  $($device.InstanceId)"
            $wrong++
        } elseif ($same[0].Status -ne 'OK') {
            Write-Host "not working ($($same[0].Status)): $($device.Name)  $($device.InstanceId)"
            $wrong++
        }
    }
    foreach ($device in $here) {
        if (@($saved | Where-Object InstanceId -eq $device.InstanceId).Count -eq 0) {
            Write-Host "new: $($device.Name)  $($device.InstanceId)"
            $wrong++
        }
    }
    return $wrong
}

function Invoke-Check {
    if (-not $File -and -not $Passport) { Stop-With 'Check needs -File or -Passport.' }
    $wrong = 0
    if ($File) { $wrong += Invoke-CheckFile }
    if ($Passport) { $wrong += Invoke-CheckPassport }
    if ($wrong -gt 0) {
        Write-Host "$wrong differences: Windows does not see the same devices."
        exit 1
    }
    Write-Host 'Windows sees the same devices.'
}

# ---- Undo ------------------------------------------------------------------------------------------

function Undo-Targets($Note) {
    foreach ($name in @($Note.targets)) {
        $sessions = @(Get-IscsiSession | Where-Object TargetNodeAddress -eq $name)
        foreach ($session in $sessions) {
            if ($session.IsPersistent) { Unregister-IscsiSession -SessionIdentifier $session.SessionIdentifier }
        }
        if ($sessions.Count -gt 0) { Disconnect-IscsiTarget -NodeAddress $name -Confirm:$false }
        Write-Host "$name is disconnected"
    }
    foreach ($one in @($Note.portals)) {
        Remove-IscsiTargetPortal -TargetPortalAddress $one.address -TargetPortalPortNumber $one.port `
            -Confirm:$false -ErrorAction SilentlyContinue
    }
}

function Undo-Settings($Note) {
    foreach ($one in @($Note.persistence)) {
        $key = $PersistenceKeys[$one.name]
        if ($null -eq $one.before) {
            Remove-ItemProperty -LiteralPath $key -Name Persistence -ErrorAction SilentlyContinue
        } else {
            Set-ItemProperty -LiteralPath $key -Name Persistence -Value ([int]$one.before)
        }
        Write-Host "$($one.name) : Persistence is as it was"
    }
    $modes = @{ Auto = 'Automatic'; Manual = 'Manual'; Disabled = 'Disabled' }
    if ($Note.service -and $modes.ContainsKey($Note.service)) {
        Set-Service -Name MSiSCSI -StartupType $modes[$Note.service]
    }
}

function Invoke-Undo {
    if (-not (Test-Path -LiteralPath $NoteFile)) { Stop-With 'Nothing is noted to be undone.' }
    if (-not (Confirm-ByUser 'Stop all backup jobs first. Detach the library and put settings back?')) { return }
    $note = Read-Note
    Undo-Targets $note
    Undo-Settings $note
    Remove-Item -LiteralPath $NoteFile
}

switch ($Action) {
    'Attach' { Invoke-Attach }
    'Persistence' { Invoke-Persistence }
    'Save' { Invoke-Save }
    'Check' { Invoke-Check }
    'Undo' { Invoke-Undo }
}
